import type { DecisionCandidate, DecisionRecord } from '../journal/decision-record.js';
import type { Snapshot } from '../snapshot/snapshot.js';
import type { BodyFeatures } from './body-features.js';
import type { Candidate, Seen } from './candidate.js';
import type { Views } from './filters.js';
import type { Plan } from './planner.js';

/** A plan as it is kept with the request. */
export function decisionOf(plan: Plan, features: BodyFeatures, { revision }: Snapshot): DecisionRecord {
  const { strategy, stickySeed, candidates, rejected } = plan;
  return {
    strategy,
    revision,
    seed: features.seed,
    ...(stickySeed !== null && { stickySeed }),
    features: features.captured,
    candidates: candidates.map(toCandidate),
    ...(rejected.length > 0 && { rejected: rejected.map(({ modelId, reason }) => ({ model: modelId, reason })) }),
  };
}

function toCandidate({ model, rank }: Candidate): DecisionCandidate {
  if (!rank) return { model: model.id };
  const { score, propensity, terms, seen } = rank;
  return {
    model: model.id,
    score,
    terms,
    ...(propensity !== null && { propensity }),
    ...(seen && { seen: { ...seen } }),
  };
}

/** What was known of one model. */
export interface SeenModel extends Seen {
  readonly modelId: string;
  /** Why it was out of service, if it was. */
  readonly reason?: string;
}

/** The world as it was, to plan in it again. */
export function viewsOf(seen: readonly SeenModel[], snapshot: Snapshot): Views {
  const known = new Map(seen.map((each) => [each.modelId, each]));
  const reasonOf = (modelId: string) => known.get(modelId)?.reason;
  const latencyMs = (_: string, id: string) => (reasonOf(id) === 'max_latency' ? Infinity : known.get(id)?.latencyMs);
  const credentials = new Map<string | undefined, 'locked' | 'missing'>();
  for (const { modelId, reason } of seen) {
    const providerId = snapshot.models.get(modelId)?.providerId;
    if (reason === 'credential_locked') credentials.set(providerId, 'locked');
    if (reason === 'credential_missing') credentials.set(providerId, 'missing');
  }
  return {
    health: {
      stateOf: (_, id) => (reasonOf(id) === 'circuit_open' ? 'open' : 'closed'),
      ttftMs: latencyMs,
      totalMs: latencyMs,
      failureRate: (_, id) => known.get(id)?.failureRate ?? 0,
      inFlight: (_, id) => known.get(id)?.inFlight ?? 0,
    },
    allowances: { isUsedUp: (_, id) => reasonOf(id) === 'allowance_used_up' },
    arms: { shareOf: (_, id) => known.get(id)?.share },
    credentials: { kindOf: (providerId) => credentials.get(providerId) ?? 'present' },
  };
}
