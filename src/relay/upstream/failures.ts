import type { Trouble } from '../pipeline/call-failure.js';
import { relayErrors } from '../relay.errors.js';
import type { AnswerHead, CutReason, ExchangeFailure } from './exchange.js';

const TIMEOUTS: ReadonlyMap<string, string> = new Map([
  ['UND_ERR_CONNECT_TIMEOUT', 'could not be reached in time'],
  ['ETIMEDOUT', 'could not be reached in time'],
  ['UND_ERR_HEADERS_TIMEOUT', 'did not begin to answer in time'],
  ['UND_ERR_BODY_TIMEOUT', 'fell silent in the middle of its answer'],
]);

/** Explains an exchange that broke off. What happened exactly is for the log; the client learns the kind. */
export function failureTrouble(provider: string, failure: ExchangeFailure, hasBegun: boolean): Trouble {
  const { cut, cause } = failure;
  if (cut !== undefined) return cutTrouble(provider, cut, cause);
  const late = TIMEOUTS.get(codeOf(cause) ?? '');
  if (late !== undefined) {
    return { outcome: 'timeout', error: relayErrors.upstream_timeout({ provider, what: late }, { cause }) };
  }
  const what = failure.wasSent ? 'broke off' : 'could not be reached';
  return { outcome: hasBegun ? 'cut' : 'network', error: relayErrors.upstream_error({ provider, what }, { cause }) };
}

/** Explains an exchange that we ended ourselves. */
export function cutTrouble(provider: string, cut: CutReason, cause?: Error): Trouble {
  switch (cut) {
    case 'total-timeout': {
      const what = 'did not finish its answer in time';
      return { outcome: 'timeout', error: relayErrors.upstream_timeout({ provider, what }, { cause }) };
    }
    case 'too-large': {
      const what = 'sent an answer that is too large';
      return { outcome: 'upstream_error', error: relayErrors.upstream_error({ provider, what }, { cause }) };
    }
    case 'overloaded':
      return { outcome: 'internal', error: relayErrors.overloaded({ retryAfterSeconds: 1 }, { cause }) };
    case 'shutdown':
      return { outcome: 'internal', error: relayErrors.shutting_down({ retryAfterSeconds: 1 }, { cause }) };
    case 'lingering':
    case 'gone':
      return { outcome: 'cancelled', error: relayErrors.request_timeout({}, { cause }) };
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

/** Explains an answer that is neither a success nor the caller's fault, without a word of its body. */
export function statusTrouble(provider: string, { status, headers }: AnswerHead): Trouble {
  const retryAfter = headers['retry-after'];
  const wait = typeof retryAfter === 'string' ? { retryAfter } : {};
  if (status === 401 || status === 403) {
    return { outcome: 'auth_failed', error: relayErrors.provider_auth_failed({ provider }) };
  }
  if (status === 429) return { outcome: 'rate_limited', error: relayErrors.rate_limit_exceeded({ provider, ...wait }) };
  const what = status >= 300 && status < 400 ? 'answered with a redirect' : `answered with status ${status}`;
  const outcome = status === 503 || status === 529 ? 'overloaded' : 'upstream_error';
  return { outcome, error: relayErrors.upstream_error({ provider, what, ...wait }) };
}

function codeOf(error: Error): string | undefined {
  return 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
