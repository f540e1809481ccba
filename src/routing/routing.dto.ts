import { IsIn, IsOptional, IsString, Length } from 'class-validator';
import { OPERATIONS, type Operation } from '../snapshot/snapshot.js';
import type { RejectionReason } from './filters.js';
import type { Plan } from './planner.js';
import type { ProfileEntry, Snapshot } from '../snapshot/snapshot.js';

/** A request to plan without making it. */
export class SimulateRequest {
  /**
   * The profile, by name, alias or id.
   * @example support-chat
   */
  @IsString()
  @Length(1, 128)
  profile!: string;

  /** The project's id or name; may be left out by a caller that reaches one project only. */
  @IsOptional()
  @IsString()
  @Length(1, 64)
  project?: string;

  /** What the request would be; the profile's operation if left out. */
  @IsOptional()
  @IsIn(OPERATIONS)
  operation?: Operation;
}

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
  { plan, operation }: { plan: Plan; operation: Operation },
): SimulationView {
  return {
    profileId: profile.id,
    profileName: profile.name,
    profileRevisionId: profile.revisionId,
    operation,
    configRevision: snapshot.revision,
    candidates: plan.candidates.map(({ target, model, provider }) => ({
      targetId: target.id,
      priority: target.priority,
      weight: target.weight,
      modelId: model.id,
      modelName: model.name,
      upstreamId: model.upstreamId,
      providerId: provider.id,
      providerName: provider.name,
    })),
    rejected: plan.rejected.map(({ targetId, modelId, reason }) => ({
      targetId,
      modelId,
      modelName: snapshot.models.get(modelId)?.name ?? null,
      reason,
    })),
  };
}
