import { sizeOf } from '../../snapshot/arm-view.js';
import type { Candidate, RankContext, Rank } from '../candidate.js';
import { unitOf } from '../hashing.js';
import { shareOut } from './weighted.js';

/**
 * Gives each target the share of calls that it is probably the best for (Thompson's rule, 1933), and each at least a
 * part of `exploration`. The shares come from what was learned in the background, so the propensities are exact. Switched
 * to fixed, weights count.
 */
export function thompson(candidates: readonly Candidate[], context: RankContext): Rank[] {
  const { routing, features, arms, profileId } = context;
  if (routing.isFixed) return shareOut(candidates, features.seed);
  const size = sizeOf(features.inputTokens);
  const even = 1 / candidates.length;
  const learned = candidates.map(({ model }) => arms.shareOf(profileId, model.id, size));
  const shares = learned.map((share) => share ?? even);
  const total = shares.reduce((sum, share) => sum + share, 0);
  return candidates.map(({ model }, index) => {
    const best = total > 0 ? (shares[index] ?? 0) / total : even;
    const propensity = routing.exploration * even + (1 - routing.exploration) * best;
    const share = learned[index];
    return {
      score: propensity > 0 ? -Math.log(unitOf(model.id, features.seed)) / propensity : Infinity,
      propensity,
      terms: { best },
      seen: share === undefined ? null : { share },
    };
  });
}
