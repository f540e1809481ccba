import type { RejectionReason, Views } from '../../routing/filters.js';
import { plan, type Plan, type Rejection } from '../../routing/planner.js';
import { canServe } from '../../snapshot/can-serve.js';
import { profileKey, type ProfileEntry, type Snapshot, type TokenEntry } from '../../snapshot/snapshot.js';
import { relayErrors } from '../relay.errors.js';
import { CallFeatures } from './call-features.js';
import type { Call } from './call.js';
import type { Turns } from './turns.js';

const HIVE_PREFIX = 'hive/';
const WILDCARD = '*';
const RETRY_AFTER_SECONDS = 5;
const MODEL_LENGTH = 200;

/** What the stage needs of the house. */
export interface Planning {
  readonly views: Views;
  readonly turns: Turns;
}

/** Finds the profile that the caller means and where it leads, in order of preference. */
export function resolve(call: Call, { views, turns }: Planning): void {
  const { token, body, snapshot, operation } = call;
  if (!token || !body) throw new Error('a call is read before it is resolved');
  const name = body.model;
  if (!name) throw relayErrors.invalid_body({ reason: 'You must provide a model parameter.', param: 'model' });
  call.requestedModel = name.slice(0, MODEL_LENGTH);
  const profile = allowedProfile(snapshot, token, name);
  call.profile = profile;
  if (!profile.isEnabled) throw relayErrors.profile_disabled({ model: name, param: 'model' });
  if (!canServe(profile.operation, operation)) {
    throw relayErrors.wrong_operation({ model: name, operation: profile.operation, param: 'model' });
  }
  const features = new CallFeatures(call, turns);
  const planned = plan(snapshot, profile, features, views);
  if (isWorthKeeping(profile, planned, features)) call.choice = { plan: planned, features };
  if (planned.candidates.length === 0) throw nowhereToGo(name, planned.rejected);
  call.candidates = planned.candidates;
}

/** Nothing is kept of a plan that could have come out in one way only. */
function isWorthKeeping({ routing, targets }: ProfileEntry, { candidates }: Plan, { hints }: CallFeatures): boolean {
  return targets.length > 1 || candidates.length === 0 || routing !== null || hints !== null;
}

/** What the caller could have asked otherwise, in words. */
const CALLERS_REASONS: Readonly<Partial<Record<RejectionReason, string>>> = {
  condition: 'this kind of request',
  no_tools: 'tools',
  no_vision: 'images',
  no_audio: 'audio',
  no_json_schema: 'JSON schemas',
  no_reasoning: 'reasoning',
  no_capability: 'the capabilities that were asked for',
  max_cost: 'the cost limit that was asked for',
  max_latency: 'the latency limit that was asked for',
};

/** It is the caller's mistake only when waiting would not help: nothing that fits was only out of order. */
function nowhereToGo(model: string, rejected: readonly Rejection[]): Error {
  const wait = { retryAfterSeconds: RETRY_AFTER_SECONDS };
  const reasons = new Set(rejected.map(({ reason }) => reason));
  if (reasons.has('credential_locked')) return relayErrors.vault_locked(wait);
  const isWaiting =
    reasons.has('circuit_open') || reasons.has('credential_missing') || reasons.has('allowance_used_up');
  const missing = [...reasons].map((reason) => CALLERS_REASONS[reason]).filter((text) => text !== undefined);
  if (isWaiting || missing.length === 0) return relayErrors.provider_unavailable({ ...wait, model });
  return relayErrors.no_fitting_target({ model, missing: missing.join(', '), param: 'model' });
}

/** The profile of that name in the caller's project. Throws 404 when there is none, 403 when it is not the caller's. */
export function allowedProfile(snapshot: Snapshot, token: TokenEntry, name: string): ProfileEntry {
  const profile = findProfile(snapshot, token.projectId, name) ?? wildcard(snapshot, token);
  if (!profile) throw relayErrors.model_not_found({ model: name });
  if (token.profileIds && !token.profileIds.has(profile.id)) {
    throw relayErrors.profile_not_allowed({ model: name, param: 'model' });
  }
  return profile;
}

/** The profile that a call names, whether or not it may be used now; for calls that are answered without an upstream. */
export function knownProfile({ snapshot, token, body }: Call): ProfileEntry | undefined {
  if (!token || !body?.model) return undefined;
  return findProfile(snapshot, token.projectId, body.model) ?? wildcard(snapshot, token);
}

/** The project's profile `*`, for a token whose owner wants that rather than a 404. */
function wildcard(snapshot: Snapshot, { allowsWildcard, projectId, profileIds }: TokenEntry): ProfileEntry | undefined {
  const profile = allowsWildcard ? findProfile(snapshot, projectId, WILDCARD) : undefined;
  return profile && (!profileIds || profileIds.has(profile.id)) ? profile : undefined;
}

/** Clients of Hive call a profile `hive/<name>`; a profile that really has that name comes first. */
function findProfile(snapshot: Snapshot, projectId: string, name: string): ProfileEntry | undefined {
  const bare = name.startsWith(HIVE_PREFIX) ? name.slice(HIVE_PREFIX.length) : undefined;
  const id =
    snapshot.profileNames.get(profileKey(projectId, name)) ??
    (bare === undefined ? undefined : snapshot.profileNames.get(profileKey(projectId, bare)));
  return id === undefined ? undefined : snapshot.profiles.get(id);
}
