import type { ArmView } from '../snapshot/arm-view.js';
import type { LoadView } from '../snapshot/provider-loads.js';
import type { HealthView } from '../snapshot/health-view.js';
import type { RoutingEntry } from '../snapshot/routing-entry.js';
import type { ModelEntry, ProviderEntry, TargetEntry } from '../snapshot/snapshot.js';
import type { RequestFeatures } from './features.js';

/** A target that may answer, with all that a call of it needs. */
export interface Candidate {
  readonly target: TargetEntry;
  readonly model: ModelEntry;
  readonly provider: ProviderEntry;
  /** Why it has its place; `null` where the order of the profile decides alone. */
  readonly rank: Rank | null;
}

/** What put a candidate in its place among those of its priority: the lowest score goes first. */
export interface Rank {
  readonly score: number;
  /** The chance to go first, over all seeds; `null`: nothing is left to chance. */
  readonly propensity: number | null;
  /** What the score is made of. */
  readonly terms: Readonly<Record<string, number>>;
  /** What was known of the target at that moment. */
  readonly seen: Seen | null;
  /** What is kept of it up to its score, as JSON, from a strategy where that is the same in each call. */
  readonly opening?: string;
}

/** What a score took from the view of this process. */
export interface Seen {
  /** Calls under way, and those that its servers have waiting. */
  readonly inFlight?: number;
  /** To the first byte for streams, to the end for whole answers. */
  readonly latencyMs?: number;
  readonly failureRate?: number;
  /** How probably it is the best, by what was learned. */
  readonly share?: number;
}

/** What a strategy may look at beside the candidates. */
export interface RankContext {
  readonly routing: RoutingEntry;
  readonly features: RequestFeatures;
  readonly health: HealthView;
  readonly arms: ArmView;
  readonly loads?: LoadView | undefined;
  readonly profileId: string;
}

/** Scores all candidates of one priority, in their order. It is pure. */
export type ScoreCandidates = (candidates: readonly Candidate[], context: RankContext) => readonly Rank[];

/** How long a model takes for a call like this one, in milliseconds; `undefined` when it was not measured lately. */
export function latencyOf(
  { provider, model }: Candidate,
  { features, health }: Pick<RankContext, 'features' | 'health'>,
): number | undefined {
  return features.isStreamed
    ? (health.ttftMs(provider.id, model.id) ?? health.totalMs(provider.id, model.id))
    : health.totalMs(provider.id, model.id);
}
