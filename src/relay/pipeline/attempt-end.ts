import { ERROR_CLASSES } from '../upstream/error-classes.js';
import { AttemptRow } from './attempt-row.js';
import type { Answering, Call, Verdict } from './call.js';

/** Files an attempt that has ended, and tells the health of its target what that says of it. */
export function endAttempt(call: Call, answering: Answering, verdict: Verdict): void {
  const row = new AttemptRow(call, answering, verdict);
  call.attempts.push(row);
  call.answering = undefined;
  const { health, startedAt } = answering;
  const now = startedAt + row.duration_ms;
  health.inFlight--;
  if (verdict.outcome !== 'ok') return troubled(answering, verdict, now);
  health.succeed(startedAt, now);
  health.total.add(row.duration_ms);
  const firstByteMs = firstByteOf(call, answering);
  if (firstByteMs !== undefined) health.ttft.add(firstByteMs);
}

/** A stream begins with its first event, which some servers send long after their head. */
function firstByteOf({ isStreamed, firstByteMark }: Call, { startedMark, exchange }: Answering): number | undefined {
  const mark = isStreamed ? firstByteMark : exchange.headAt;
  return mark === undefined || mark < startedMark ? undefined : mark - startedMark; // one that goes on begins nothing
}

function troubled({ health, startedAt }: Answering, verdict: Verdict, now: number): void {
  const { errorClass, retryAfterMs } = verdict;
  if (errorClass === null) return health.abstain();
  const effect = ERROR_CLASSES[errorClass].health;
  if (effect === 'none') return health.abstain();
  if (effect === 'fault') health.fail(startedAt, now, errorClass);
  if (effect === 'cool' || (errorClass === 'overloaded' && retryAfterMs !== undefined)) {
    health.cool(now, retryAfterMs, errorClass);
  }
}
