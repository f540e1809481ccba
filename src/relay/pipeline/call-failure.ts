import type { AppError } from '../../common/errors/app-error.js';
import type { ClientError } from '../client-error.js';
import type { Outcome } from '../../journal/ledger-record.js';

/** What went wrong: for the ledger, and for the client. */
export interface Trouble {
  readonly outcome: Outcome;
  readonly error: AppError;
}

/** A call that failed for a reason other than what the caller sent. */
export class CallFailure extends Error {
  override readonly name = 'CallFailure';
  readonly outcome: Outcome;
  readonly error: AppError;

  constructor({ outcome, error }: Trouble) {
    super(error.message, { cause: error });
    this.outcome = outcome;
    this.error = error;
  }
}

/** The upstream found a mistake in what the caller sent; its answer goes back as it is. */
export class UpstreamRefusal extends Error {
  override readonly name = 'UpstreamRefusal';

  constructor(
    readonly status: number,
    readonly headers: Readonly<Record<string, string>>,
    /** As it came; translated where the caller speaks another dialect. */
    readonly body: Buffer | ClientError,
  ) {
    super(`The upstream answered with status ${status}.`);
  }
}
