import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Brackets, In, IsNull, Repository, type EntityManager, type FindOptionsWhere } from 'typeorm';
import { Writes, type Write } from '../audit/writes.service.js';
import { issueCredential } from '../common/credential.js';
import { AppError } from '../common/errors/app-error.js';
import type { Access } from '../common/http/access.js';
import type { NamedPlace } from '../common/http/by-name.decorator.js';
import { assertVersion, type ExpectedVersion } from '../common/http/etag.js';
import { decodeCursor, DEFAULT_PAGE_SIZE, toPage, type Page } from '../common/http/paging.js';
import { newId } from '../common/ids.js';
import { isUniqueViolation } from '../database/unique-violation.js';
import {
  toAdminKeyView,
  type AdminKeyView,
  type CreateAdminKey,
  type ListAdminKeys,
  type NewAdminKeyView,
  type PutAdminKey,
  type PutAdminKeyView,
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
    const row = { projectId, name, role, expiresAt: expiresAt ?? null };
    return this.writes.run(access, (write) => insert(write, access, row));
  }

  /**
   * Issues the key of that name, or changes the one in use. The text is there only when it was issued now: nobody gets a
   * second one for what somebody else may be using.
   */
  async put(
    access: Access,
    { name, within }: NamedPlace,
    { role, expiresAt }: PutAdminKey,
    expected: ExpectedVersion,
  ): Promise<{ view: PutAdminKeyView; isNew: boolean }> {
    const projectId = within === undefined ? null : await this.projects.resolve(access, within);
    assertMayGrant(access, [{ role, projectId }]);
    const attempt = () =>
      this.writes.run(access, async (write) => {
        await lockOwners(write.manager, access.tenantId);
        const key = await inUse(write.manager, { tenantId: access.tenantId, projectId, name });
        assertVersion(key?.version ?? null, expected);
        if (key)
          return { view: { ...(await change(write, access, key, { role, expiresAt })), key: null }, isNew: false };
        const fields = { projectId, name, role, expiresAt: expiresAt ?? null };
        return { view: await insert(write, access, fields), isNew: true };
      });
    // Somebody may issue it between the look and the insert; then it is there to be changed.
    return attempt().catch((error: unknown) => {
      if (error instanceof AppError && error.code === 'admin_key.name_taken') return attempt();
      throw error;
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

/** The key that has a name and is not revoked. */
function inUse(
  manager: EntityManager,
  { projectId, ...where }: { tenantId: string; projectId: string | null; name: string },
): Promise<AdminKey | null> {
  return manager.findOneBy(AdminKey, { ...where, projectId: projectId ?? IsNull(), revokedAt: IsNull() });
}

/** Issues a key. Its text is in the answer and nowhere else. */
async function insert(
  write: Write,
  { tenantId, actor }: Access,
  fields: Pick<AdminKey, 'projectId' | 'name' | 'role' | 'expiresAt'>,
): Promise<NewAdminKeyView> {
  const { text, ...issued } = issueCredential('wgla');
  const row = { ...issued, ...fields, id: newId(), tenantId, createdBy: actor.name };
  const key = await save(write.manager, write.manager.create(AdminKey, row));
  const view = toAdminKeyView(key);
  write.audit({ action: 'admin_key.issued', ...subjectOf(key), after: view });
  return { ...view, key: text };
}

/** Gives a key another role or end. */
async function change(
  write: Write,
  access: Access,
  key: AdminKey,
  { role, expiresAt = key.expiresAt }: PutAdminKey,
): Promise<AdminKeyView> {
  assertMayGrant(access, [key]);
  const before = toAdminKeyView(key);
  const wasOwner = isOwner([key]);
  const after = toAdminKeyView(await write.manager.save(Object.assign(key, { role, expiresAt })));
  if (wasOwner) await assertOwnerRemains(write.manager, access.tenantId);
  write.audit({ action: 'admin_key.updated', ...subjectOf(key), before, after });
  return after;
}

async function save(manager: EntityManager, key: AdminKey): Promise<AdminKey> {
  try {
    return await manager.save(key);
  } catch (error) {
    if (isUniqueViolation(error, 'admin_key_name_key')) {
      throw adminKeyErrors.name_taken({ name: key.name }, { cause: error });
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
