import { Injectable } from '@nestjs/common';
import { isUUID } from 'class-validator';
import { DataSource, type EntityManager } from 'typeorm';
import type { Access } from '../common/http/access.js';
import { profileErrors } from './profiles.errors.js';

/** A profile as others refer to it. */
export interface ProfileReference {
  readonly id: string;
  readonly name: string;
  readonly projectId: string;
}

/** What keeps a profile from being removed. */
export interface ProfileUser {
  readonly kind: string;
  readonly id: string;
  readonly name: string;
}

/** Finds who uses a profile, in the transaction that wants to remove it. */
export type ProfileUsersLookup = (manager: EntityManager, profileId: string) => Promise<readonly ProfileUser[]>;

/** The way to profiles for rooms above: by name or id, and who uses them. */
@Injectable()
export class ProfileNames {
  private readonly lookups: ProfileUsersLookup[] = [];

  constructor(private readonly database: DataSource) {}

  /** Tells this room of a kind of user of profiles. Call it while the app starts. */
  register(lookup: ProfileUsersLookup): void {
    this.lookups.push(lookup);
  }

  /** Everything that uses the profile. */
  async usersOf(manager: EntityManager, profileId: string): Promise<ProfileUser[]> {
    const found: ProfileUser[] = [];
    for (const lookup of this.lookups) found.push(...(await lookup(manager, profileId)));
    return found;
  }

  /** The ids of a project's profiles, each given by id, name or alias. Throws `profile.not_found` for the first wrong one. */
  async resolve(manager: EntityManager, projectId: string, references: readonly string[]): Promise<string[]> {
    const rows = await manager.query<{ profile_id: string; name: string }[]>(
      `select profile_id, name from profile_name
       where project_id = $1 and (name = any($2::text[]) or profile_id = any($3::uuid[]))`,
      [projectId, references, references.filter((reference) => isUUID(reference))],
    );
    const ids = references.map((reference) => {
      const row = rows.find(({ profile_id: id, name }) => name === reference || id === reference.toLowerCase());
      if (!row) throw profileErrors.not_found({ profile: reference });
      return row.profile_id;
    });
    return [...new Set(ids)];
  }

  /** The profiles within reach that have this id, name or alias: one a project at most. */
  async find({ tenantId, projectIds }: Access, reference: string): Promise<ProfileReference[]> {
    return this.database.query<ProfileReference[]>(
      `select p.id, p.name, p.project_id as "projectId" from profile p
       where p.tenant_id = $1 and ($2::uuid[] is null or p.project_id = any($2))
         and (p.id = $3 or exists (select from profile_name n where n.profile_id = p.id and n.name = $4))`,
      [tenantId, projectIds === 'all' ? null : projectIds, isUUID(reference) ? reference : null, reference],
    );
  }

  /** The names of profiles by id. */
  async namesOf(manager: EntityManager, ids: readonly string[]): Promise<ReadonlyMap<string, string>> {
    if (ids.length === 0) return new Map();
    const rows = await manager.query<{ id: string; name: string }[]>(
      `select id, name from profile where id = any($1)`,
      [ids],
    );
    return new Map(rows.map(({ id, name }) => [id, name]));
  }
}
