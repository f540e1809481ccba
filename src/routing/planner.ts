import type { Strategy } from '../snapshot/routing-entry.js';
import { NOTHING_SEEN } from '../snapshot/health-view.js';
import type { ProfileEntry, Snapshot } from '../snapshot/snapshot.js';
import type { Candidate } from './candidate.js';
import type { RequestFeatures } from './features.js';
import { configured, configuredTargets } from './configured.js';
import { outOfService, unfit, unwanted, type RejectionReason, type Views } from './filters.js';
import { rank } from './rank.js';

export type { Candidate } from './candidate.js';

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
  readonly strategy: Strategy;
  readonly stickySeed: number | null;
}

/**
 * Orders the targets of a profile for a request. It is pure: relay, simulate, explain and replay all see the same
 * answer for the same snapshot, features and views. A profile's targets are already in order of priority, then position.
 */
export function plan(snapshot: Snapshot, profile: ProfileEntry, features: RequestFeatures, views: Views): Plan {
  const candidates: Candidate[] = [];
  const rejected: Rejection[] = [];
  const isChoice = profile.targets.length > 1;
  const targets = configuredTargets(snapshot, profile, features.operation);
  for (let i = 0; i < targets.length; i++) {
    const found = targets[i]!;
    const reason = typeof found === 'string' ? found : judge(found, features, views, isChoice);
    if (reason === undefined) candidates.push(found as Candidate);
    else rejected.push({ targetId: profile.targets[i]!.id, modelId: profile.targets[i]!.modelId, reason });
  }
  if (candidates.length === 0) {
    takeUnwell(snapshot, profile, features, { candidates, rejected, views });
    takeLargest(snapshot, profile, { candidates, rejected });
  }
  if (!profile.routing && !features.hints) return { candidates, rejected, strategy: 'priority', stickySeed: null };
  const { candidates: ranked, strategy, stickySeed } = rank(candidates, profile, features, views);
  return { candidates: ranked, rejected, strategy, stickySeed };
}

/** Whether a model fits is asked only where there is another: its own answer says it better than ours. */
function judge(
  candidate: Candidate,
  features: RequestFeatures,
  views: Views,
  isChoice: boolean,
): RejectionReason | undefined {
  const reason = outOfService(candidate, views);
  if (reason !== undefined) return reason;
  if (features.hints) {
    const unwelcome = unwanted(candidate, features, views);
    if (unwelcome !== undefined) return unwelcome;
  }
  return isChoice || candidate.target.conditions ? unfit(candidate, features) : undefined;
}

/** No call fails for want of health alone: when all that fit are unwell, one may be well again, and only a call tells. */
function takeUnwell(
  snapshot: Snapshot,
  profile: ProfileEntry,
  features: RequestFeatures,
  { candidates, rejected, views }: { candidates: Candidate[]; rejected: Rejection[]; views: Views },
): void {
  if (!rejected.some(({ reason }) => reason === 'circuit_open')) return;
  const blind = { ...views, health: NOTHING_SEEN };
  for (const target of profile.targets) {
    const index = rejected.findIndex(({ targetId, reason }) => targetId === target.id && reason === 'circuit_open');
    const found = index < 0 ? 'target_disabled' : configured(snapshot, target, features.operation);
    if (typeof found === 'string' || judge(found, features, blind, profile.targets.length > 1) !== undefined) continue;
    rejected.splice(index, 1);
    candidates.push(found);
  }
}

const BY_SIZE: ReadonlySet<RejectionReason> = new Set<RejectionReason>(['context_window', 'max_output']);

/** No call fails for our estimate of its size: when all targets seem too small, the largest one may say so itself. */
function takeLargest(
  snapshot: Snapshot,
  profile: ProfileEntry,
  { candidates, rejected }: { candidates: Candidate[]; rejected: Rejection[] },
): void {
  if (candidates.length > 0 || profile.targets.length < 2) return;
  const windowOf = ({ modelId }: Rejection): number => snapshot.models.get(modelId)?.contextWindow ?? Infinity;
  const [largest] = rejected.filter(({ reason }) => BY_SIZE.has(reason)).sort((a, b) => windowOf(b) - windowOf(a));
  const target = profile.targets.find(({ id }) => id === largest?.targetId);
  const model = target && snapshot.models.get(target.modelId);
  const provider = model && snapshot.providers.get(model.providerId);
  if (!largest || !target || !model || !provider) return;
  rejected.splice(rejected.indexOf(largest), 1);
  candidates.push({ target, model, provider, rank: null });
}
