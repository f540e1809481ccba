import type { Candidate, RankContext, Rank } from '../candidate.js';

/**
 * Prefers the target with the fewest calls under way or waiting, for its weight. Servers that tell their load know of the
 * calls of others, too.
 */
export function leastLoaded(candidates: readonly Candidate[], { health, loads }: RankContext): Rank[] {
  return candidates.map(({ target, provider, model }) => {
    const ours = health.inFlight(provider.id, model.id);
    const told = loads?.of(provider.id, model.upstreamId);
    const inFlight = told ? Math.max(ours, told.running) + told.waiting : ours;
    const score = target.weight > 0 ? inFlight / target.weight : Infinity;
    return { score, propensity: null, terms: { inFlight, weight: target.weight }, seen: { inFlight } };
  });
}
