import type { AppError } from '../../common/errors/app-error.js';
import type { LedgerUsage, Outcome } from '../../journal/ledger-record.js';
import type { ErrorClass } from '../../providers/drivers/error-class.js';
import type { ClientError } from '../client-error.js';

/** What went wrong: for the ledger, for the client, and for the attempt loop. */
export interface Trouble {
  readonly outcome: Outcome;
  readonly error: AppError;
  readonly errorClass: ErrorClass;
  /** How long the upstream asked us to wait. */
  readonly retryAfterMs?: number | undefined;
}

/** A call, or an attempt of it, that failed for a reason other than what the caller sent. */
export class CallFailure extends Error {
  override readonly name = 'CallFailure';
  readonly outcome: Outcome;
  readonly error: AppError;
  readonly errorClass: ErrorClass;
  readonly retryAfterMs: number | undefined;

  /** `usage`: what the upstream said was used all the same. */
  constructor(
    { outcome, error, errorClass, retryAfterMs }: Trouble,
    readonly usage?: LedgerUsage,
  ) {
    super(error.message, { cause: error });
    this.outcome = outcome;
    this.error = error;
    this.errorClass = errorClass;
    this.retryAfterMs = retryAfterMs;
  }
}

/** What an upstream answered to a caller's mistake. */
export interface Refusal {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** What goes to the caller: as it came; translated where the caller speaks another dialect. */
  readonly body: Buffer | ClientError;
  /** What the upstream said. */
  readonly said: Buffer;
  readonly errorClass: ErrorClass;
}

/** The upstream found a mistake in what the caller sent; its answer goes back as it is. */
export class UpstreamRefusal extends Error {
  override readonly name = 'UpstreamRefusal';
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer | ClientError;
  readonly said: Buffer;
  readonly errorClass: ErrorClass;
  readonly retryAfterMs = undefined;

  constructor({ status, headers, body, said, errorClass }: Refusal) {
    super(`The upstream answered with status ${status}.`);
    this.status = status;
    this.headers = headers;
    this.body = body;
    this.said = said;
    this.errorClass = errorClass;
  }
}

/** How an attempt failed before the client had got a byte. */
export type AttemptFailure = CallFailure | UpstreamRefusal;
