import { canServe } from '../snapshot/can-serve.js';
import type { Operation, ProfileEntry, Snapshot, TargetEntry } from '../snapshot/snapshot.js';
import type { Candidate } from './candidate.js';
import type { RejectionReason } from './filters.js';

/** What the configuration says of a profile's targets, in their order: who may answer, or why it may not. */
export type ConfiguredTargets = readonly (Candidate | RejectionReason)[];

interface Known {
  readonly snapshot: Snapshot;
  readonly operation: Operation;
  readonly targets: ConfiguredTargets;
}

const known = new WeakMap<ProfileEntry, Known>();

/** All targets of a profile, put together once a snapshot: the calls of a profile come one like the other. */
export function configuredTargets(snapshot: Snapshot, profile: ProfileEntry, operation: Operation): ConfiguredTargets {
  const found = known.get(profile);
  if (found?.snapshot === snapshot && found.operation === operation) return found.targets;
  const targets = profile.targets.map((target) =>
    profile.isEnabled ? configured(snapshot, target, operation) : 'profile_disabled',
  );
  known.set(profile, { snapshot, operation, targets });
  return targets;
}

/** Puts a target together with its model and provider, unless the configuration says that it takes no such calls. */
export function configured(snapshot: Snapshot, target: TargetEntry, operation: Operation): Candidate | RejectionReason {
  if (!target.isEnabled) return 'target_disabled';
  const model = snapshot.models.get(target.modelId);
  if (!model) return 'model_missing';
  if (!model.isEnabled) return 'model_disabled';
  if (!canServe(model.operation, operation)) return 'operation_mismatch';
  const provider = snapshot.providers.get(model.providerId);
  if (!provider) return 'provider_missing';
  if (!provider.isEnabled) return 'provider_disabled';
  return { target, model, provider, rank: null };
}
