import { Injectable } from '@nestjs/common';
import { In, type EntityManager } from 'typeorm';
import type { Write } from '../audit/writes.service.js';
import type { Access } from '../common/http/access.js';
import { newId } from '../common/ids.js';
import { isForeignKeyViolation, isUniqueViolation } from '../database/unique-violation.js';
import { diffBodies } from './body-diff.js';
import type { ProfileBody, TargetBody } from './profile-body.js';
import { ProfileNames } from './profile-names.service.js';
import type { ProfilePlaceIds } from './profile-inputs.service.js';
import { ProfileTarget } from './profile-target.entity.js';
import { Profile } from './profile.entity.js';
import { profileErrors } from './profiles.errors.js';

/** What happened, in the audit trail. */
type Action = 'profile.created' | 'profile.updated' | 'profile.rolled_back' | 'profile.removed';

/** A change to be written down. */
export interface ProfileChange {
  readonly action: Exclude<Action, 'profile.removed'>;
  /** `null` for a new profile. */
  readonly before: ProfileBody | null;
  readonly after: ProfileBody;
}

/** Writes profiles: the row, its names, its targets and the new revision, all in the caller's transaction. */
@Injectable()
export class ProfileRows {
  constructor(private readonly names: ProfileNames) {}

  /** What a saved profile is now. */
  async bodyOf(manager: EntityManager, profile: Profile): Promise<ProfileBody> {
    const bodies = await this.bodiesOf(manager, [profile]);
    return bodies.get(profile.id) as ProfileBody;
  }

  /** What saved profiles are now, by id. */
  async bodiesOf(manager: EntityManager, profiles: readonly Profile[]): Promise<ReadonlyMap<string, ProfileBody>> {
    const ids = profiles.map(({ id }) => id);
    const targets = await manager.find(ProfileTarget, { where: { profileId: In(ids) }, order: { position: 'ASC' } });
    const aliases = await manager.query<{ profile_id: string; name: string }[]>(
      `select profile_id, name from profile_name where profile_id = any($1) and position > 0 order by position`,
      [ids],
    );
    const targetsOf = Map.groupBy(targets, ({ profileId }) => profileId);
    const aliasesOf = Map.groupBy(aliases, (row) => row.profile_id);
    return new Map(
      profiles.map((profile) => [
        profile.id,
        toBody(
          profile,
          targetsOf.get(profile.id) ?? [],
          (aliasesOf.get(profile.id) ?? []).map(({ name }) => name),
        ),
      ]),
    );
  }

  /** Makes a profile. Throws `profile.name_taken`. */
  async insert(write: Write, access: Access, place: ProfilePlaceIds, body: ProfileBody): Promise<Profile> {
    const profile = Object.assign(new Profile(), { id: newId(), ...place, version: 0, revisionNumber: 0 });
    return this.save(write, access, profile, { action: 'profile.created', before: null, after: body });
  }

  /** Puts a change in force as a new revision. Throws `profile.name_taken`. */
  async save(write: Write, access: Access, profile: Profile, change: ProfileChange): Promise<Profile> {
    const { manager } = write;
    const { before, after } = change;
    const number = profile.revisionNumber + 1;
    const revisionId = newId();
    const { aliases: _names, targets, ...settings } = after;
    await manager.save(Object.assign(profile, settings, { revisionId, revisionNumber: number, version: number }));
    await saveNames(manager, profile, after);
    await saveTargets(manager, profile.id, targets);
    await insertRevision(manager, access, { profile, before, after });
    this.note(write, profile, { action: change.action, before, after });
    return profile;
  }

  /** Removes a profile that nothing uses; its revisions stay, as ledger rows name them. Throws `profile.in_use`. */
  async remove(write: Write, profile: Profile, before: ProfileBody): Promise<void> {
    const dependants = await this.names.usersOf(write.manager, profile.id);
    if (dependants.length > 0) throw profileErrors.in_use({ dependants });
    await write.manager.delete(Profile, { id: profile.id });
    this.note(write, profile, { action: 'profile.removed', before, after: null });
  }

  private note(
    write: Write,
    { id, name, projectId }: Profile,
    fact: { action: Action; before: ProfileBody | null; after: ProfileBody | null },
  ): void {
    write.audit({ ...fact, projectId, target: { kind: 'profile', id, label: name } });
    write.changed('profile', id);
  }
}

async function insertRevision(
  manager: EntityManager,
  { actor }: Access,
  { profile, before, after }: { profile: Profile; before: ProfileBody | null; after: ProfileBody },
): Promise<void> {
  const { revisionId, tenantId, id, revisionNumber } = profile;
  const changes = before ? diffBodies(before, after) : [];
  await manager.query(
    `insert into profile_revision (id, tenant_id, profile_id, number, author_kind, author_id, author_name, body, changes)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
    [revisionId, tenantId, id, revisionNumber, actor.kind, actor.id, actor.name, after, JSON.stringify(changes)],
  );
}

function toBody(profile: Profile, targets: readonly ProfileTarget[], aliases: readonly string[]): ProfileBody {
  const { name, description, operation, isEnabled, routing, attempts, cacheSeconds } = profile;
  const { policy, priceOverride, responseModel } = profile;
  return {
    name,
    aliases,
    description,
    operation,
    isEnabled,
    targets: targets.map((target) => ({
      modelId: target.modelId,
      weight: target.weight,
      priority: target.priority,
      isEnabled: target.isEnabled,
      conditions: target.conditions,
    })),
    routing,
    attempts,
    cacheSeconds,
    policy,
    priceOverride,
    responseModel,
  };
}

/** One at a time, so that the one that is taken can be named. */
async function saveNames(
  manager: EntityManager,
  { id, projectId }: Profile,
  { name, aliases }: ProfileBody,
): Promise<void> {
  await manager.query(`delete from profile_name where profile_id = $1`, [id]);
  for (const [position, each] of [name, ...aliases].entries()) {
    await manager
      .query(`insert into profile_name (project_id, name, profile_id, position) values ($1, $2, $3, $4)`, [
        projectId,
        each,
        id,
        position,
      ])
      .catch((error: unknown) => {
        if (!isUniqueViolation(error, 'profile_name_key')) throw error;
        throw profileErrors.name_taken({ name: each }, { cause: error });
      });
  }
}

/** A target that stays keeps its id: what is known of it (health, rewards) goes on. */
async function saveTargets(manager: EntityManager, profileId: string, targets: readonly TargetBody[]): Promise<void> {
  await manager.query(`delete from profile_target where profile_id = $1 and model_id <> all($2::uuid[])`, [
    profileId,
    targets.map(({ modelId }) => modelId),
  ]);
  for (const [position, { modelId, weight, priority, isEnabled, conditions }] of targets.entries()) {
    await manager
      .query(
        `insert into profile_target (id, profile_id, model_id, position, weight, priority, is_enabled, conditions)
       values ($1, $2, $3, $4, $5, $6, $7, $8)
       on conflict on constraint profile_target_model_key do update
       set position = excluded.position, weight = excluded.weight, priority = excluded.priority,
           is_enabled = excluded.is_enabled, conditions = excluded.conditions`,
        [newId(), profileId, modelId, position, weight, priority, isEnabled, conditions],
      )
      .catch((error: unknown) => {
        if (!isForeignKeyViolation(error, 'profile_target_model_fkey')) throw error;
        throw profileErrors.model_gone({ models: [modelId] }, { cause: error });
      });
  }
}
