import type { Candidate, RankContext, Score } from '../candidate.js';
import { expectedCost } from '../expected-cost.js';

/** Prefers the target where the call is expected to cost least; unpriced ones come last. */
export function cheapest(candidates: readonly Candidate[], { features }: RankContext): Score[] {
  return candidates.map(({ model }): Score => {
    const costPicos = expectedCost(model, features);
    return costPicos === null ? { score: Infinity, terms: {} } : { score: costPicos, terms: { costPicos } };
  });
}
