import { NO_USAGE } from '../../journal/no-usage.js';
import type { ErrorClass } from '../../providers/drivers/error-class.js';
import { codeOf } from '../relay.errors.js';
import { errorType, safeHeaders } from '../upstream/answer-headers.js';
import type { AnswerHead } from '../upstream/exchange.js';
import { endAttempt } from './attempt-end.js';
import type { Answering, Call } from './call.js';
import { CallFailure, UpstreamRefusal, type Refusal, type Trouble } from './call-failure.js';
import { CutAnswer } from './continuation.js';

/** Whether it is our account that was refused: some say so with a 400. */
export function isOurs(errorClass: ErrorClass): boolean {
  return errorClass === 'auth' || errorClass === 'quota';
}

/** Files an attempt that brought no answer; what it still used is the failure's to tell. */
export function failed(
  call: Call,
  answering: Answering,
  trouble: Trouble | CallFailure,
  theirCode: string | null = null,
): CallFailure {
  const failure = trouble instanceof CallFailure ? trouble : new CallFailure(trouble);
  const { outcome, errorClass, retryAfterMs, usage = NO_USAGE } = failure;
  if (failure instanceof CutAnswer) {
    call.cutBy = failure;
    call.thread?.cut(usage);
  }
  endAttempt(call, answering, {
    outcome,
    errorClass,
    retryAfterMs,
    usage,
    errorCode: theirCode ?? codeOf(failure.error),
  });
  return failure;
}

/** What the caller did wrong, in words of its own dialect. */
export function refusalOf(
  { translated }: Answering,
  { status, headers }: AnswerHead,
  told: Pick<Refusal, 'said' | 'errorClass'>,
): UpstreamRefusal {
  const body = translated?.translation.refusal(status, told.said) ?? told.said;
  return new UpstreamRefusal({ ...told, status, headers: { ...safeHeaders(headers), ...errorType(headers) }, body });
}

/** The code inside an upstream's error, for our ledger only. */
export function errorCodeIn(body: Buffer): string | null {
  const match = /"code"\s*:\s*"([\w.-]{1,100})"/.exec(body.toString('latin1', 0, 4096));
  return match?.[1] ?? null;
}
