import type { AppError } from '../../common/errors/app-error.js';
import type { ErrorClass } from '../../providers/drivers/error-class.js';
import type { Trouble } from '../pipeline/call-failure.js';
import { relayErrors } from '../relay.errors.js';
import type { AnswerHead, CutReason, ExchangeFailure, Lateness } from './exchange.js';
import { limitResetMs } from './provider-limits.js';
import { retryAfterMs } from './retry-after.js';

const CONNECT_TIMEOUTS: ReadonlySet<string | undefined> = new Set(['UND_ERR_CONNECT_TIMEOUT', 'ETIMEDOUT']);

const LATE: Readonly<Record<Lateness, readonly [what: string, errorClass: ErrorClass]>> = {
  'first-byte-timeout': ['did not begin to answer in time', 'first_byte_timeout'],
  'idle-timeout': ['fell silent in the middle of its answer', 'idle_timeout'],
  'total-timeout': ['did not finish its answer in time', 'total_timeout'],
};

/** Explains an exchange that broke off. What happened exactly is for the log; the client learns the kind. */
export function failureTrouble(provider: string, failure: ExchangeFailure, hasBegun: boolean): Trouble {
  const { cut, cause } = failure;
  if (cut !== undefined) return cutTrouble(provider, cut, cause);
  if (CONNECT_TIMEOUTS.has(codeOf(cause))) {
    return tooLate(provider, 'could not be reached in time', 'connect_timeout', cause);
  }
  const what = failure.wasSent ? 'broke off' : 'could not be reached';
  const error = relayErrors.upstream_error({ provider, what }, { cause });
  return { outcome: hasBegun ? 'cut' : 'network', errorClass: 'network', error };
}

/** Explains an exchange that we ended ourselves. */
export function cutTrouble(provider: string, cut: CutReason, cause?: Error): Trouble {
  switch (cut) {
    case 'first-byte-timeout':
    case 'idle-timeout':
    case 'total-timeout':
      return tooLate(provider, ...LATE[cut], cause);
    case 'too-large':
      return faultOf(provider, 'sent an answer that is too large', cause);
    case 'overloaded':
      return ours(relayErrors.overloaded({ retryAfterSeconds: 1 }, { cause }));
    case 'shutdown':
      return ours(relayErrors.shutting_down({ retryAfterSeconds: 1 }, { cause }));
    case 'lingering':
    case 'gone':
      return { outcome: 'cancelled', errorClass: 'cancelled', error: relayErrors.request_timeout({}, { cause }) };
    default: {
      const exhaustive: never = cut;
      return exhaustive;
    }
  }
}

/** Whether a status says that the caller asked for something impossible; its body is the caller's to read. */
export function isCallerStatus(status: number): boolean {
  return status === 400 || status === 404 || status === 413 || status === 422;
}

/** The status that an error inside a stream names, as some servers do; else that of a fault. */
export function streamErrorStatus(payload: Buffer): number {
  const named = /"(?:code|status)"\s*:\s*"?([45]\d\d)\b/.exec(payload.toString('latin1', 0, 4096));
  return named ? Number(named[1]) : 500;
}

/** An answer that can't be used. */
export function faultOf(provider: string, what: string, cause?: Error): Trouble {
  const error = relayErrors.upstream_error({ provider, what }, { cause });
  return { outcome: 'upstream_error', errorClass: 'malformed', error };
}

function tooLate(provider: string, what: string, errorClass: ErrorClass, cause: Error | undefined): Trouble {
  return { outcome: 'timeout', errorClass, error: relayErrors.upstream_timeout({ provider, what }, { cause }) };
}

function ours(error: AppError): Trouble {
  return { outcome: 'internal', errorClass: 'internal', error };
}

/** Explains a refusal that is not the caller's to read, without a word of its body. */
export function statusTrouble(provider: string, { status, headers }: AnswerHead, errorClass: ErrorClass): Trouble {
  const waitMs = toldWaitMs(headers, errorClass);
  const wait = waitMs === undefined ? {} : { retryAfter: headers['retry-after'] ?? String(Math.ceil(waitMs / 1000)) };
  const told = { errorClass, retryAfterMs: waitMs };
  switch (errorClass) {
    case 'auth':
      return { ...told, outcome: 'auth_failed', error: relayErrors.provider_auth_failed({ provider }) };
    case 'content_filter':
      return { ...told, outcome: 'caller_error', error: relayErrors.content_filtered({ provider }) };
    case 'rate_limited':
    case 'quota':
      return { ...told, outcome: 'rate_limited', error: relayErrors.rate_limit_exceeded({ provider, ...wait }) };
    default: {
      const what = status >= 300 && status < 400 ? 'answered with a redirect' : `answered with status ${status}`;
      const outcome = errorClass === 'overloaded' ? 'overloaded' : 'upstream_error';
      return { ...told, outcome, error: relayErrors.upstream_error({ provider, what, ...wait }) };
    }
  }
}

/** What the upstream asks for; of a limit that begins anew at a time it names, the time until then. */
function toldWaitMs(headers: AnswerHead['headers'], errorClass: ErrorClass): number | undefined {
  const now = Date.now();
  return retryAfterMs(headers, now) ?? (errorClass === 'rate_limited' ? limitResetMs(headers, now) : undefined);
}

function codeOf(error: Error): string | undefined {
  return 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
