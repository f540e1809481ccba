import type { ProfileEntry, Snapshot, TokenEntry } from '../snapshot/snapshot.js';
import { allowedProfile } from './pipeline/resolve.js';
import { relayErrors } from './relay.errors.js';

/** A profile as OpenAI shows a model, and what only we know of it. */
export interface ModelView {
  readonly id: string;
  readonly object: 'model';
  /** Seconds since epoch. */
  readonly created: number;
  readonly owned_by: 'waggle';
  readonly waggle: {
    readonly operation: string;
    readonly description: string | null;
    readonly aliases: readonly string[];
    /** Tokens; `null` when a target's is unknown. */
    readonly context_window: number | null;
    readonly max_output: number | null;
    readonly capabilities: readonly string[];
  };
}

/** The enabled profiles that a token may call, by name. */
export function listModels(snapshot: Snapshot, token: TokenEntry): { object: 'list'; data: ModelView[] } {
  const profiles = [...callable(snapshot, token)].filter(({ isEnabled }) => isEnabled);
  const data = profiles.map((profile) => toModelView(snapshot, profile));
  return { object: 'list', data: data.toSorted((a, b) => (a.id < b.id ? -1 : 1)) };
}

/** One of them. Throws as a call of it would. */
export function showModel(snapshot: Snapshot, token: TokenEntry, name: string): ModelView {
  const profile = allowedProfile(snapshot, token, name);
  if (!profile.isEnabled) throw relayErrors.profile_disabled({ model: name, param: 'model' });
  return toModelView(snapshot, profile);
}

function* callable({ profiles }: Snapshot, { projectId, profileIds }: TokenEntry): Generator<ProfileEntry> {
  if (!profileIds) {
    for (const profile of profiles.values()) if (profile.projectId === projectId) yield profile;
    return;
  }
  for (const id of profileIds) {
    const profile = profiles.get(id);
    if (profile && profile.projectId === projectId) yield profile;
  }
}

/** What a profile promises is what all of its targets can do: any of them may answer. */
function toModelView({ models }: Snapshot, profile: ProfileEntry): ModelView {
  const targets = profile.targets.filter(({ isEnabled }) => isEnabled).map(({ modelId }) => models.get(modelId));
  const known = targets.filter((model) => model !== undefined);
  const [first, ...others] = known.map(({ capabilities }) => capabilities);
  const shared = [...(first ?? [])].filter((name) => others.every((names) => names.has(name)));
  return {
    id: profile.name,
    object: 'model',
    created: profile.createdSeconds,
    owned_by: 'waggle',
    waggle: {
      operation: profile.operation,
      description: profile.description,
      aliases: profile.aliases,
      context_window: smallest(known.map(({ contextWindow }) => contextWindow)),
      max_output: smallest(known.map(({ maxOutput }) => maxOutput)),
      capabilities: shared.toSorted(),
    },
  };
}

function smallest(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 || known.length < values.length ? null : Math.min(...known);
}
