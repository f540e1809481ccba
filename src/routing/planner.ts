import { canServe } from '../snapshot/can-serve.js';
import type {
  ModelEntry,
  Operation,
  ProfileEntry,
  ProviderEntry,
  Snapshot,
  TargetEntry,
} from '../snapshot/snapshot.js';

/** What of a request decides where it may go. */
export interface RequestFeatures {
  readonly operation: Operation;
}

/** A target that may answer, with all that a call of it needs. */
export interface Candidate {
  readonly target: TargetEntry;
  readonly model: ModelEntry;
  readonly provider: ProviderEntry;
}

/** Why a target may not answer. */
export type RejectionReason =
  | 'profile_disabled'
  | 'target_disabled'
  | 'model_missing'
  | 'model_disabled'
  | 'operation_mismatch'
  | 'provider_missing'
  | 'provider_disabled';

/** A target that may not answer. */
export interface Rejection {
  readonly targetId: string;
  readonly modelId: string;
  readonly reason: RejectionReason;
}

/** Where a request may go, best first, and why it may not go elsewhere. */
export interface Plan {
  readonly candidates: readonly Candidate[];
  readonly rejected: readonly Rejection[];
}

/**
 * Orders the targets of a profile for a request. It is pure: the relay, simulate and explain all see the same answer
 * for the same snapshot. A profile's targets are already in order of priority, then position.
 */
export function plan(snapshot: Snapshot, profile: ProfileEntry, features: RequestFeatures): Plan {
  const candidates: Candidate[] = [];
  const rejected: Rejection[] = [];
  for (const target of profile.targets) {
    const judged = profile.isEnabled ? judge(snapshot, target, features) : 'profile_disabled';
    if (typeof judged === 'string') rejected.push({ targetId: target.id, modelId: target.modelId, reason: judged });
    else candidates.push(judged);
  }
  return { candidates, rejected };
}

function judge(snapshot: Snapshot, target: TargetEntry, { operation }: RequestFeatures): Candidate | RejectionReason {
  if (!target.isEnabled) return 'target_disabled';
  const model = snapshot.models.get(target.modelId);
  if (!model) return 'model_missing';
  if (!model.isEnabled) return 'model_disabled';
  if (!canServe(model.operation, operation)) return 'operation_mismatch';
  const provider = snapshot.providers.get(model.providerId);
  if (!provider) return 'provider_missing';
  if (!provider.isEnabled) return 'provider_disabled';
  return { target, model, provider };
}
