import type { Mode, ScoreWeights } from '../../snapshot/routing-entry.js';
import { latencyOf, type Candidate, type RankContext, type Rank, type Seen } from '../candidate.js';
import { expectedCost } from '../expected-cost.js';

/** What each mode minds, unless a profile has weights of its own. */
export const MODE_WEIGHTS: Readonly<Record<Mode, ScoreWeights>> = {
  cheap: { cost: 0.7, latency: 0.1, failure: 0.1, weight: 0.1 },
  normal: { cost: 0.25, latency: 0.25, failure: 0.25, weight: 0.25 },
  high_confidence: { cost: 0.05, latency: 0.1, failure: 0.15, weight: 0.7 },
  planning: { cost: 0.1, latency: 0.1, failure: 0.2, weight: 0.6 },
};

/** The terms of a score, each as a part of the largest there is: 0 to 1. */
type Terms = Record<keyof ScoreWeights, number>;

/**
 * Weighs what a call would cost, how long it would take, how often the target fails, and its weight. What is not known
 * of a target counts for it, so that it becomes known; an unknown price counts as the dearest.
 */
export function scored(candidates: readonly Candidate[], context: RankContext): Rank[] {
  const { routing, features } = context;
  const mode = features.hints?.mode ?? routing.mode;
  const weights = routing.modes[mode] ?? MODE_WEIGHTS[mode];
  const seen = candidates.map((candidate) => look(candidate, context));
  const terms = normalised(candidates, seen, features);
  return terms.map((each, index) => ({
    score:
      weights.cost * each.cost +
      weights.latency * each.latency +
      weights.failure * each.failure -
      weights.weight * each.weight,
    propensity: null,
    terms: each,
    seen: seen[index] ?? null,
  }));
}

function look(candidate: Candidate, context: RankContext): Seen {
  const latencyMs = latencyOf(candidate, context);
  const failureRate = context.health.failureRate(candidate.provider.id, candidate.model.id);
  return latencyMs === undefined ? { failureRate } : { failureRate, latencyMs };
}

function normalised(
  candidates: readonly Candidate[],
  seen: readonly Seen[],
  features: RankContext['features'],
): Terms[] {
  const costs = candidates.map(({ model }) => expectedCost(model, features));
  const largest = {
    cost: Math.max(...costs.map((cost) => cost ?? 0)),
    latency: Math.max(...seen.map(({ latencyMs = 0 }) => latencyMs)),
    failure: Math.max(...seen.map(({ failureRate = 0 }) => failureRate)),
    weight: Math.max(...candidates.map(({ target }) => target.weight)),
  };
  return candidates.map(({ target }, index) => ({
    cost: costs[index] === null ? 1 : part(costs[index] ?? 0, largest.cost),
    latency: part(seen[index]?.latencyMs ?? 0, largest.latency),
    failure: part(seen[index]?.failureRate ?? 0, largest.failure),
    weight: part(target.weight, largest.weight),
  }));
}

function part(value: number, largest: number): number {
  return largest > 0 ? value / largest : 0;
}
