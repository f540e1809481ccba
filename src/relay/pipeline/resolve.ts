import { plan } from '../../routing/planner.js';
import { canServe } from '../../snapshot/can-serve.js';
import { profileKey, type ProfileEntry, type Snapshot, type TokenEntry } from '../../snapshot/snapshot.js';
import { relayErrors } from '../relay.errors.js';
import type { Call } from './call.js';

const HIVE_PREFIX = 'hive/';
const RETRY_AFTER_SECONDS = 5;
const MODEL_LENGTH = 200;

/** Finds the profile that the caller means and where it leads, in order of preference. */
export function resolve(call: Call): void {
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
  const { candidates } = plan(snapshot, profile, { operation });
  if (candidates.length === 0) {
    throw relayErrors.provider_unavailable({ model: name, retryAfterSeconds: RETRY_AFTER_SECONDS });
  }
  call.candidates = candidates;
}

/** The profile of that name in the caller's project. Throws 404 when there is none, 403 when it is not the caller's. */
export function allowedProfile(snapshot: Snapshot, token: TokenEntry, name: string): ProfileEntry {
  const profile = findProfile(snapshot, token.projectId, name);
  if (!profile) throw relayErrors.model_not_found({ model: name });
  if (token.profileIds && !token.profileIds.has(profile.id)) {
    throw relayErrors.profile_not_allowed({ model: name, param: 'model' });
  }
  return profile;
}

/** Clients of Hive call a profile `hive/<name>`; a profile that really has that name comes first. */
function findProfile(snapshot: Snapshot, projectId: string, name: string): ProfileEntry | undefined {
  const bare = name.startsWith(HIVE_PREFIX) ? name.slice(HIVE_PREFIX.length) : undefined;
  const id =
    snapshot.profileNames.get(profileKey(projectId, name)) ??
    (bare === undefined ? undefined : snapshot.profileNames.get(profileKey(projectId, bare)));
  return id === undefined ? undefined : snapshot.profiles.get(id);
}
