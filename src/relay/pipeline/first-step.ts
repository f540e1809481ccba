import type { Candidate } from '../../routing/planner.js';
import type { CurrentHealth } from '../../snapshot/health/current-health.js';
import type { TargetHealth } from '../../snapshot/health/target-health.js';
import { relayErrors } from '../relay.errors.js';
import type { Step } from './attempt.js';
import type { Call } from './call.js';
import { CallFailure } from './call-failure.js';

/**
 * The first candidate in good health. When none is, the first of them all the same, since a doubtful answer is better
 * than none; unless its provider asked us to wait. Throws `CallFailure` when all did.
 */
export function firstStep(call: Call, health: CurrentHealth): Step {
  for (const candidate of call.candidates) {
    const target = health.target(candidate.provider.id, candidate.model.id);
    if (target.admit(call.startedAt)) return first(call, candidate, target);
  }
  return lastResort(call, health);
}

function lastResort(call: Call, health: CurrentHealth): Step {
  let shortest: { readonly target: TargetHealth; readonly candidate: Candidate; readonly waitMs: number } | undefined;
  for (const candidate of call.candidates) {
    const target = health.target(candidate.provider.id, candidate.model.id);
    const waitMs = target.askedWaitMs(call.startedAt);
    if (waitMs === 0) return first(call, candidate, target);
    if (!shortest || waitMs < shortest.waitMs) shortest = { target, candidate, waitMs };
  }
  if (!shortest) throw new Error('a resolved call has candidates');
  throw toldToWait(shortest.candidate, shortest.target, shortest.waitMs);
}

function first({ profile }: Call, candidate: Candidate, health: TargetHealth): Step {
  const { totalMs: most } = candidate.provider.timeouts;
  const asked = profile?.attempts?.totalMs;
  const totalMs = asked != null && asked < most ? asked : most;
  return { kind: 'first', candidate, health, waitMs: 0, totalMs };
}

function toldToWait({ provider: { name } }: Candidate, { stored }: TargetHealth, waitMs: number): CallFailure {
  const retryAfter = String(Math.ceil(waitMs / 1000));
  if (stored.reason === 'overloaded') {
    const what = 'asked us to wait, being overloaded';
    const error = relayErrors.upstream_error({ provider: name, what, retryAfter });
    return new CallFailure({ outcome: 'overloaded', errorClass: 'overloaded', error });
  }
  const error = relayErrors.rate_limit_exceeded({ provider: name, retryAfter });
  return new CallFailure({ outcome: 'rate_limited', errorClass: 'rate_limited', error });
}
