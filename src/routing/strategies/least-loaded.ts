import type { Candidate, RankContext, Score } from '../candidate.js';

/** Prefers the target with the fewest calls under way or waiting, for its weight. */
export function leastLoaded(candidates: readonly Candidate[], { health }: RankContext): Score[] {
  return candidates.map(({ target, provider, model }) => {
    const inFlight = health.inFlight(provider.id, model.id);
    const score = target.weight > 0 ? inFlight / target.weight : Infinity;
    return { score, terms: { inFlight, weight: target.weight }, seen: { inFlight } };
  });
}
