import type { Candidate } from '../../routing/planner.js';
import type { CurrentHealth } from '../../snapshot/health/current-health.js';
import type { TargetHealth } from '../../snapshot/health/target-health.js';
import { relayErrors } from '../relay.errors.js';
import type { Step } from './attempt.js';
import type { Call } from './call.js';
import { CallFailure } from './call-failure.js';
import { QUEUE_MS } from './target-queue.js';

/**
 * The first candidate in good health. When none is, the first of them all the same, since a doubtful answer is better
 * than none; unless its provider takes no more for now. `undefined` when that is so for all, but over in a moment; else
 * throws `CallFailure`.
 */
export function firstStep(call: Call, health: CurrentHealth): Step | undefined {
  const admitted = admittedStep(call, health, call.startedAt);
  if (admitted) return admitted;
  for (const candidate of call.candidates) {
    const target = health.target(candidate.provider.id, candidate.model.id);
    if (target.askedWaitMs(call.startedAt) === 0) return first(call, candidate, target);
  }
  if (shortestWait(call, health, call.startedAt).waitMs <= QUEUE_MS) return undefined;
  throw toldToWait(call, health, call.startedAt);
}

/** The first candidate that takes the call now. */
export function admittedStep(call: Call, health: CurrentHealth, now: number): Step | undefined {
  for (const candidate of call.candidates) {
    const target = health.target(candidate.provider.id, candidate.model.id);
    if (target.admit(now)) return first(call, candidate, target);
  }
  return undefined;
}

interface Wait {
  readonly target: TargetHealth;
  readonly candidate: Candidate;
  readonly waitMs: number;
}

function shortestWait({ candidates }: Call, health: CurrentHealth, now: number): Wait {
  const waits = candidates.map((candidate) => {
    const target = health.target(candidate.provider.id, candidate.model.id);
    return { target, candidate, waitMs: target.askedWaitMs(now) };
  });
  const shortest = waits.toSorted((a, b) => a.waitMs - b.waitMs)[0];
  if (!shortest) throw new Error('a resolved call has candidates');
  return shortest;
}

function first({ profile }: Call, candidate: Candidate, health: TargetHealth): Step {
  const { totalMs: most } = candidate.provider.timeouts;
  const asked = profile?.attempts?.totalMs;
  const totalMs = asked != null && asked < most ? asked : most;
  return { kind: 'first', candidate, health, waitMs: 0, totalMs };
}

/** Why a call is not sent to anybody: all targets asked us to wait, or take no more for now. */
export function toldToWait(call: Call, health: CurrentHealth, now: number): CallFailure {
  const {
    target: { stored },
    candidate: { provider },
    waitMs,
  } = shortestWait(call, health, now);
  const retryAfter = String(Math.max(1, Math.ceil(waitMs / 1000)));
  const { name } = provider;
  if (stored.reason === 'overloaded') {
    const what = 'asked us to wait, being overloaded';
    const error = relayErrors.upstream_error({ provider: name, what, retryAfter });
    return new CallFailure({ outcome: 'overloaded', errorClass: 'overloaded', error });
  }
  const error = relayErrors.rate_limit_exceeded({ provider: name, retryAfter });
  return new CallFailure({ outcome: 'rate_limited', errorClass: 'rate_limited', error });
}
