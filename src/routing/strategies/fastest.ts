import { latencyOf, type Candidate, type RankContext, type Rank } from '../candidate.js';

/**
 * Prefers the target that would answer first: its average latency times the calls that are there before this one, so
 * that a target gets less as soon as it piles calls up. One that was not measured lately counts as the fastest.
 */
export function fastest(candidates: readonly Candidate[], context: RankContext): Rank[] {
  const latencies = candidates.map((candidate) => latencyOf(candidate, context));
  const best = Math.min(...latencies.map((latency) => latency ?? Infinity));
  const unknown = Number.isFinite(best) ? best : 1;
  return candidates.map(({ provider, model }, index) => {
    const latencyMs = latencies[index];
    const inFlight = context.health.inFlight(provider.id, model.id);
    return {
      score: (latencyMs ?? unknown) * (inFlight + 1),
      propensity: null,
      terms: { latencyMs: latencyMs ?? unknown, inFlight },
      seen: latencyMs === undefined ? { inFlight } : { inFlight, latencyMs },
    };
  });
}
