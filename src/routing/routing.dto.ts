import type { Strategy } from '../snapshot/routing-entry.js';
import type { Operation, ProfileEntry, Snapshot } from '../snapshot/snapshot.js';
import type { RejectionReason } from './filters.js';
import type { Candidate } from './candidate.js';
import type { Plan } from './planner.js';

/** Where a request may go. */
export class CandidateView {
  targetId!: string;
  priority!: number;
  weight!: number;
  modelId!: string;
  modelName!: string;
  upstreamId!: string;
  providerId!: string;
  providerName!: string;
  /** What put it in its place among those of its priority, the lowest first; `null`: their order alone, or last of all. */
  score!: number | null;
  /** The chance to go first, over all seeds; `null` when nothing is left to chance. */
  propensity!: number | null;
  /** What the score is made of. */
  terms!: Record<string, number>;
  /** What was known of it. */
  seen!: Record<string, number>;
}

/** Where it may not go, and why. */
export class RejectionView {
  targetId!: string;
  modelId!: string;
  /** `null` when the model is gone. */
  modelName!: string | null;
  reason!: RejectionReason;
}

export class SimulationView {
  profileId!: string;
  profileName!: string;
  profileRevisionId!: string;
  operation!: Operation;
  strategy!: Strategy;
  /** With the same seed a simulation has the same outcome. */
  seed!: number;
  /** Whether a key kept it at its target. */
  isSticky!: boolean;
  /** The configuration revision that this was planned with. */
  configRevision!: number;
  /** Best first. */
  candidates!: CandidateView[];
  rejected!: RejectionView[];
}

export class SnapshotCounts {
  tokens!: number;
  projects!: number;
  profiles!: number;
  models!: number;
  providers!: number;
}

export class CompileErrorView {
  message!: string;
  at!: Date;
}

/** How the compiled configuration stands in the process that answered. */
export class SnapshotView {
  revision!: number;
  appliedAt!: Date | null;
  /** When it was last made sure that there is nothing newer. */
  checkedAt!: Date | null;
  /** Seconds since then: how old the configuration may be at most. */
  ageSeconds!: number | null;
  /** Why the newest revision is not in force; `null` when it is. */
  lastError!: CompileErrorView | null;
  /** What is in it of the caller's tenant. */
  counts!: SnapshotCounts;
}

export function toSimulationView(
  snapshot: Snapshot,
  profile: ProfileEntry,
  { plan, operation, seed }: { plan: Plan; operation: Operation; seed: number },
): SimulationView {
  return {
    profileId: profile.id,
    profileName: profile.name,
    profileRevisionId: profile.revisionId,
    operation,
    configRevision: snapshot.revision,
    strategy: plan.strategy,
    seed,
    isSticky: plan.stickySeed !== null,
    candidates: plan.candidates.map(toCandidateView),
    rejected: plan.rejected.map(({ targetId, modelId, reason }) => ({
      targetId,
      modelId,
      modelName: snapshot.models.get(modelId)?.name ?? null,
      reason,
    })),
  };
}

function toCandidateView({ target, model, provider, rank }: Candidate): CandidateView {
  return {
    targetId: target.id,
    priority: target.priority,
    weight: target.weight,
    modelId: model.id,
    modelName: model.name,
    upstreamId: model.upstreamId,
    providerId: provider.id,
    providerName: provider.name,
    score: rank && Number.isFinite(rank.score) ? rank.score : null,
    propensity: rank?.propensity ?? null,
    terms: { ...rank?.terms },
    seen: { ...rank?.seen },
  };
}
