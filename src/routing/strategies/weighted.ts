import type { Candidate, RankContext, Score } from '../candidate.js';
import { unitOf } from '../hashing.js';

/** Shares calls by weight: a target of weight 3 goes first three times as often as one of weight 1. */
export function weighted(candidates: readonly Candidate[], { features }: RankContext): Score[] {
  return shareOut(candidates, features.seed);
}

/**
 * Draws an order for a seed (weighted rendezvous hashing): each target's draw depends on nothing but the seed and
 * itself, so another target that comes or goes moves only the calls which it takes or leaves. Weight 0 goes last.
 */
export function shareOut(candidates: readonly Candidate[], seed: number): Score[] {
  let total = 0;
  for (const { target } of candidates) total += target.weight;
  return candidates.map(({ target, model }) => ({
    score: target.weight > 0 ? -Math.log(unitOf(model.id, seed)) / target.weight : Infinity,
    propensity: total > 0 ? target.weight / total : 1 / candidates.length,
    terms: { weight: target.weight },
  }));
}
