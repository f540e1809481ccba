import type { Candidate, RankContext, Rank } from '../candidate.js';
import { expectedCost } from '../expected-cost.js';

/** Prefers the target where the call is expected to cost least; unpriced ones come last. */
export function cheapest(candidates: readonly Candidate[], { features }: RankContext): Rank[] {
  return candidates.map(({ model }): Rank => {
    const costPicos = expectedCost(model, features);
    const terms: Rank['terms'] = costPicos === null ? {} : { costPicos };
    return { score: costPicos ?? Infinity, propensity: null, terms, seen: null };
  });
}
