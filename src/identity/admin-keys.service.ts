import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Brackets, In, Repository, type EntityManager, type FindOptionsWhere } from 'typeorm';
import { Writes } from '../audit/writes.service.js';
import { issueCredential } from '../common/credential.js';
import type { Access } from '../common/http/access.js';
import { decodeCursor, DEFAULT_PAGE_SIZE, toPage, type Page } from '../common/http/paging.js';
import { newId } from '../common/ids.js';
import { isUniqueViolation } from '../database/unique-violation.js';
import {
  toAdminKeyView,
  type AdminKeyView,
  type CreateAdminKey,
  type ListAdminKeys,
  type NewAdminKeyView,
} from './admin-key.dto.js';
import { AdminKey } from './admin-key.entity.js';
import { adminKeyErrors } from './admin-keys.errors.js';
import { assertMayGrant, assertOwnerRemains, isOwner, lockOwners } from './member-roles.js';
import { ProjectsService } from './projects.service.js';

const STATUS_SQL = {
  all: 'true',
  active: 'key.revokedAt is null and (key.expiresAt is null or key.expiresAt > now())',
  expired: 'key.revokedAt is null and key.expiresAt <= now()',
  revoked: 'key.revokedAt is not null',
};

/** Credentials for the admin API, for pipelines and the command line. */
@Injectable()
export class AdminKeysService {
  constructor(
    @InjectRepository(AdminKey) private readonly keys: Repository<AdminKey>,
    private readonly writes: Writes,
    private readonly projects: ProjectsService,
  ) {}

  /** Lists the newest first. */
  async list(access: Access, query: ListAdminKeys): Promise<Page<AdminKeyView>> {
    const { limit = DEFAULT_PAGE_SIZE, cursor, project, status = 'active' } = query;
    const { tenantId, projectIds } = await this.projects.narrow(access, project);
    const rows = await this.keys
      .createQueryBuilder('key')
      .where('key.tenantId = :tenantId', { tenantId })
      .andWhere(projectIds === 'all' ? 'true' : 'key.projectId = any(:projectIds)', { projectIds })
      .andWhere(new Brackets((where) => where.where(STATUS_SQL[status])))
      .andWhere(cursor === undefined ? 'true' : 'key.id < :after', {
        after: cursor !== undefined && decodeCursor(cursor, 'id')[0],
      })
      .orderBy('key.id', 'DESC')
      .take(limit + 1)
      .getMany();
    return toPage(rows, limit, { view: toAdminKeyView, cursor: ({ id }) => [id] });
  }

  async get(access: Access, id: string): Promise<AdminKeyView> {
    return toAdminKeyView(await find(this.keys.manager, access, id));
  }

  /** Issues a key. Its text is in the answer and nowhere else. */
  async issue(access: Access, { project, expiresAt, name, role }: CreateAdminKey): Promise<NewAdminKeyView> {
    const projectId = project === undefined ? null : await this.projects.resolve(access, project);
    assertMayGrant(access, [{ role, projectId }]);
    const { text, ...issued } = issueCredential('wgla');
    const row = { ...issued, tenantId: access.tenantId, projectId, name, role, expiresAt: expiresAt ?? null };
    return this.writes.run(access, async (write) => {
      const key = await insert(write.manager, { ...row, id: newId(), createdBy: access.actor.name });
      const view = toAdminKeyView(key);
      write.audit({ action: 'admin_key.issued', ...subjectOf(key), after: view });
      return { ...view, key: text };
    });
  }

  /** Ends a key, from its next use on. Doing it again changes nothing. */
  async revoke(access: Access, id: string): Promise<void> {
    const { revokedAt } = await find(this.keys.manager, access, id);
    if (revokedAt) return;
    await this.writes.run(access, async (write) => {
      await lockOwners(write.manager, access.tenantId);
      const key = await find(write.manager, access, id);
      assertMayGrant(access, [key]);
      const before = toAdminKeyView(key);
      const revoked = await write.manager.save(Object.assign(key, { revokedAt: key.revokedAt ?? new Date() }));
      if (isOwner([key])) await assertOwnerRemains(write.manager, access.tenantId);
      write.audit({ action: 'admin_key.revoked', ...subjectOf(key), before, after: toAdminKeyView(revoked) });
    });
  }
}

async function find(manager: EntityManager, { tenantId, projectIds }: Access, id: string): Promise<AdminKey> {
  const where: FindOptionsWhere<AdminKey> =
    projectIds === 'all' ? { id, tenantId } : { id, tenantId, projectId: In([...projectIds]) };
  const key = await manager.findOneBy(AdminKey, where);
  if (!key) throw adminKeyErrors.not_found({ id });
  return key;
}

async function insert(manager: EntityManager, fields: Partial<AdminKey>): Promise<AdminKey> {
  try {
    return await manager.save(manager.create(AdminKey, fields));
  } catch (error) {
    if (isUniqueViolation(error, 'admin_key_name_key')) {
      throw adminKeyErrors.name_taken({ name: String(fields.name) }, { cause: error });
    }
    throw error;
  }
}

function subjectOf(key: AdminKey): {
  target: { kind: string; id: string; label: string };
  projectId: string | null;
} {
  return { target: { kind: 'admin_key', id: key.id, label: key.name }, projectId: key.projectId };
}
