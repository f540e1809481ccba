import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { loadAllowanceEntries } from '../limits/allowance-entries.js';
import { ModelReads } from '../models/model-reads.service.js';
import { loadProfileEntries } from '../profiles/profile-entries.js';
import { ProviderReads } from '../providers/provider-reads.service.js';
import { AllowanceIndex } from '../snapshot/allowances.js';
import { EntryMap } from '../snapshot/entry-map.js';
import { profileKey, type ProfileEntry, type Snapshot } from '../snapshot/snapshot.js';
import { loadTokenEntries } from '../tokens/token-entries.js';
import type { ChangedIds } from './change-log.js';
import { loadProjectEntries } from './project-entries.js';

/** Compiles rows into a snapshot: all of them, or what changed. Call it in a transaction that sees one moment. */
@Injectable()
export class SnapshotBuilder {
  constructor(
    private readonly providers: ProviderReads,
    private readonly models: ModelReads,
  ) {}

  /** Compiles everything there is. */
  async all(manager: EntityManager, revision: number): Promise<Snapshot> {
    const { entries: tokens } = await loadTokenEntries(manager, 'all');
    const profiles = await loadProfileEntries(manager, 'all');
    return {
      revision,
      tokens: EntryMap.of(keyed(tokens, (token) => token.publicId)),
      projects: byId(await loadProjectEntries(manager, 'all')),
      profiles: byId(profiles),
      profileNames: EntryMap.of(profiles.flatMap(namesOf)),
      models: byId(await this.models.entries('all', manager)),
      providers: byId(await this.providers.entries('all', manager)),
      allowances: AllowanceIndex.empty().with(await loadAllowanceEntries(manager, 'all')),
    };
  }

  /** Compiles what changed and shares the rest with `before`. */
  async changes(manager: EntityManager, before: Snapshot, changed: ChangedIds, revision: number): Promise<Snapshot> {
    const idsOf = (kind: 'project' | 'profile' | 'model' | 'provider' | 'token' | 'allowance') =>
      changed.get(kind) ?? [];
    return {
      revision,
      tokens: await renewTokens(manager, before.tokens, idsOf('token')),
      projects: await renew(before.projects, idsOf('project'), (ids) => loadProjectEntries(manager, ids)),
      ...(await renewProfiles(manager, before, idsOf('profile'))),
      models: await renew(before.models, idsOf('model'), (ids) => this.models.entries(ids, manager)),
      providers: await renew(before.providers, idsOf('provider'), (ids) => this.providers.entries(ids, manager)),
      allowances: await renewAllowances(manager, before.allowances, idsOf('allowance')),
    };
  }
}

function byId<E extends { id: string }>(entries: readonly E[]): EntryMap<E> {
  return EntryMap.of(keyed(entries, (entry) => entry.id));
}

async function renew<E extends { id: string }>(
  before: EntryMap<E>,
  ids: readonly string[],
  load: (ids: readonly string[]) => Promise<readonly E[]>,
): Promise<EntryMap<E>> {
  if (ids.length === 0) return before;
  return before.with(
    keyed(await load(ids), (entry) => entry.id),
    ids,
  );
}

async function renewAllowances(
  manager: EntityManager,
  before: AllowanceIndex,
  ids: readonly string[],
): Promise<AllowanceIndex> {
  return ids.length === 0 ? before : before.with(await loadAllowanceEntries(manager, ids), ids);
}

async function renewTokens(
  manager: EntityManager,
  before: Snapshot['tokens'],
  ids: readonly string[],
): Promise<Snapshot['tokens']> {
  if (ids.length === 0) return before;
  const { entries, gone } = await loadTokenEntries(manager, ids);
  const vanished = entries.length + gone.length < ids.length ? publicIdsOf(before, new Set(ids)) : [];
  return before.with(
    keyed(entries, (token) => token.publicId),
    [...gone, ...vanished],
  );
}

/** Tokens are kept when revoked, so a row that is gone altogether is rare enough to look through all for it. */
function publicIdsOf(tokens: Snapshot['tokens'], ids: ReadonlySet<string>): string[] {
  const found: string[] = [];
  for (const token of tokens.values()) if (ids.has(token.id)) found.push(token.publicId);
  return found;
}

async function renewProfiles(
  manager: EntityManager,
  before: Snapshot,
  ids: readonly string[],
): Promise<Pick<Snapshot, 'profiles' | 'profileNames'>> {
  const { profiles, profileNames } = before;
  if (ids.length === 0) return { profiles, profileNames };
  const entries = await loadProfileEntries(manager, ids);
  const oldNames = ids.flatMap((id) => {
    const old = profiles.get(id);
    const keys = old ? namesOf(old).map(([key]) => key) : [];
    return keys.filter((key) => profileNames.get(key) === id); // another may have taken one over already
  });
  return {
    profiles: profiles.with(
      keyed(entries, (profile) => profile.id),
      ids,
    ),
    // All old names go before any new one comes: a name may have moved from one profile to another.
    profileNames: profileNames.with(entries.flatMap(namesOf), oldNames),
  };
}

function namesOf({ id, projectId, name, aliases }: ProfileEntry): [key: string, id: string][] {
  return [name, ...aliases].map((each) => [profileKey(projectId, each), id]);
}

function* keyed<E>(entries: readonly E[], key: (entry: E) => string): Generator<[string, E]> {
  for (const entry of entries) yield [key(entry), entry];
}
