import type { Candidate, RankContext, Rank } from '../candidate.js';

/** The golden ratio's part below 1: steps of that size spread most evenly. */
const GOLDEN = 0.618_033_988_749_895;

/** Takes turns: of as many calls as the weights add up to, each target goes first as often as its weight says. */
export function roundRobin(candidates: readonly Candidate[], { features }: RankContext): Rank[] {
  const weights = candidates.map(({ target }) => target.weight);
  const isBlank = weights.every((weight) => weight === 0);
  const shares = isBlank ? weights.map(() => 1) : weights;
  const total = shares.reduce((sum, weight) => sum + weight, 0);
  const first = ownerOf(slotOf(features.turn, total), shares);
  return candidates.map(({ target }, index) => ({
    score: (index - first + candidates.length) % candidates.length,
    propensity: (shares[index] ?? 0) / total,
    terms: { turn: features.turn, weight: target.weight },
    seen: null,
  }));
}

/** Walks all slots, each once a round, in steps that keep equal ones apart. */
function slotOf(turn: number, total: number): number {
  return (turn * strideOf(total)) % total;
}

function strideOf(total: number): number {
  let stride = Math.max(1, Math.round(total * GOLDEN));
  while (commonDivisor(stride, total) !== 1) stride++;
  return stride;
}

function commonDivisor(a: number, b: number): number {
  return b === 0 ? a : commonDivisor(b, a % b);
}

function ownerOf(slot: number, shares: readonly number[]): number {
  let passed = 0;
  for (const [index, share] of shares.entries()) {
    passed += share;
    if (slot < passed) return index;
  }
  return 0;
}
