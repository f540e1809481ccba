import type { Candidate, RankContext, Rank } from '../candidate.js';
import type { TargetEntry } from '../../snapshot/snapshot.js';
import { unitOf } from '../hashing.js';

/** Shares calls by weight: a target of weight 3 goes first three times as often as one of weight 1. */
export function weighted(candidates: readonly Candidate[], { features }: RankContext): Rank[] {
  return shareOut(candidates, features.seed);
}

/**
 * Draws an order for a seed (weighted rendezvous hashing): each target's draw depends on nothing but the seed and
 * itself, so another target that comes or goes moves only the calls which it takes or leaves. Weight 0 goes last.
 */
export function shareOut(candidates: readonly Candidate[], seed: number): Rank[] {
  let total = 0;
  for (const { target } of candidates) total += target.weight;
  return candidates.map(({ target, model }) => {
    const { weight } = target;
    const { propensity, terms, opening } = shareOf(target, total > 0 ? weight / total : 1 / candidates.length);
    const score = weight > 0 ? -Math.log(unitOf(model.id, seed)) / weight : Infinity;
    return { score, propensity, terms, seen: null, opening };
  });
}

/** What is the same in each call of a target's draw. */
interface Share {
  readonly propensity: number;
  readonly terms: Rank['terms'];
  readonly opening: string;
}

const shares = new WeakMap<TargetEntry, Share>();

function shareOf(target: TargetEntry, propensity: number): Share {
  const known = shares.get(target);
  if (known?.propensity === propensity) return known;
  const { modelId, weight } = target;
  const opening = `{"model":"${modelId}","terms":{"weight":${weight}},"propensity":${propensity},"score":`;
  const share = { propensity, terms: { weight }, opening };
  shares.set(target, share);
  return share;
}
