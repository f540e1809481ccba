import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Repository, type EntityManager } from 'typeorm';
import { Writes } from '../audit/writes.service.js';
import { AppError } from '../common/errors/app-error.js';
import type { Access } from '../common/http/access.js';
import { assertVersion, type ExpectedVersion } from '../common/http/etag.js';
import { decodeCursor, DEFAULT_PAGE_SIZE, toPage, type Page } from '../common/http/paging.js';
import { newId } from '../common/ids.js';
import { isUniqueViolation } from '../database/unique-violation.js';
import { dependantsOf } from './dependants.js';
import { insertFirstProject, insertOwner, insertTenant } from './first-rows.js';
import { isOwner } from './member-roles.js';
import { oneTimePassword, Passwords } from './passwords.service.js';
import type { Dependant } from './projects.errors.js';
import {
  toTenantView,
  type CreateTenant,
  type ListTenants,
  type NewTenantView,
  type PutTenant,
  type PutTenantView,
  type TenantView,
  type UpdateTenant,
} from './tenant.dto.js';
import { Tenant } from './tenant.entity.js';
import { tenantErrors } from './tenants.errors.js';

/** What goes with its tenant; anything else must be gone before. */
const OWN_TABLES = ['project', 'member', 'member_role', 'session', 'admin_key', 'audit_entry', 'audit_head'];

/** The tenants of an installation. Owners of the root tenant manage all, everyone else sees their own. */
@Injectable()
export class TenantsService {
  constructor(
    @InjectRepository(Tenant) private readonly tenants: Repository<Tenant>,
    private readonly writes: Writes,
    private readonly passwords: Passwords,
  ) {}

  /** Lists by name. */
  async list(access: Access, { limit = DEFAULT_PAGE_SIZE, cursor, q }: ListTenants): Promise<Page<TenantView>> {
    const query = this.tenants.createQueryBuilder('tenant').where(visibleTo(access));
    if (q !== undefined) query.andWhere('position(lower(:q) in lower(tenant.name)) > 0', { q });
    if (cursor !== undefined) query.andWhere('tenant.name > :after', { after: decodeCursor(cursor, 'text')[0] });
    const rows = await query
      .orderBy('tenant.name')
      .take(limit + 1)
      .getMany();
    return toPage(rows, limit, { view: toTenantView, cursor: ({ name }) => [name] });
  }

  async get(access: Access, id: string): Promise<TenantView> {
    const tenant = await this.tenants.createQueryBuilder('tenant').where(visibleTo(access)).andWhere({ id }).getOne();
    if (!tenant) throw tenantErrors.not_found({ id });
    return toTenantView(tenant);
  }

  /** Makes a tenant with a project and an owner, whose one-time password is in the answer and nowhere else. */
  async create(access: Access, { name, owner }: CreateTenant): Promise<NewTenantView> {
    const password = oneTimePassword();
    const passwordDigest = await this.passwords.digest(password);
    return this.writes
      .run(access, async (write) => {
        const tenant = await insertTenant(write, { id: newId(), name, isRoot: false });
        const projectId = await insertFirstProject(write, tenant.id);
        const { email, name: ownerName } = owner;
        const ownerId = await insertOwner(write, { tenantId: tenant.id, email, name: ownerName, passwordDigest });
        return { ...toTenantView(tenant), projectId, ownerId, oneTimePassword: password };
      })
      .catch((error: unknown) => refuseTaken(error, name));
  }

  /** Makes the tenant of that name, or finds it: its owners are its own affair from then on. `isNew` says which. */
  async put(
    access: Access,
    name: string,
    { owner }: PutTenant,
    expected: ExpectedVersion,
  ): Promise<{ view: PutTenantView; isNew: boolean }> {
    const attempt = async () => {
      const existing = await this.tenants.findOneBy({ ...visibleTo(access), name });
      assertVersion(existing?.version ?? null, expected);
      if (!existing) return { view: await this.create(access, { name, owner }), isNew: true };
      return {
        view: { ...toTenantView(existing), projectId: null, ownerId: null, oneTimePassword: null },
        isNew: false,
      };
    };
    // Somebody may create it between the look and the insert; then it is there to be found.
    return attempt().catch((error: unknown) => {
      if (error instanceof AppError && error.code === 'tenant.name_taken') return attempt();
      throw error;
    });
  }

  update(access: Access, id: string, { name }: UpdateTenant, expected: ExpectedVersion): Promise<TenantView> {
    return this.writes
      .run(access, async ({ manager, audit }) => {
        const tenant = await lock(manager, id);
        assertVersion(tenant.version, expected);
        const before = toTenantView(tenant);
        const after = toTenantView(await manager.save(Object.assign(tenant, { name: name ?? tenant.name })));
        audit({ action: 'tenant.updated', target: targetOf(tenant), before, after });
        return after;
      })
      .catch((error: unknown) => refuseTaken(error, name ?? ''));
  }

  /**
   * Removes a tenant in which nothing is configured any more, with its projects, members and keys. Its audit trail goes
   * too; the head of its chain is noted in the caller's.
   */
  remove(access: Access, id: string, expected: ExpectedVersion): Promise<void> {
    return this.writes.run(access, async ({ manager, audit }) => {
      const tenant = await lock(manager, id);
      assertVersion(tenant.version, expected);
      if (tenant.isRoot) throw tenantErrors.is_root();
      const dependants = await allDependants(manager, id);
      if (dependants.length > 0) throw tenantErrors.in_use({ dependants });
      const [auditHead = null] = await manager.query<object[]>(
        `select sequence, hash from audit_head where tenant_id = $1`,
        [id],
      );
      for (const table of OWN_TABLES.toReversed())
        await manager.query(`delete from ${table} where tenant_id = $1`, [id]);
      await manager.delete(Tenant, { id });
      audit({ action: 'tenant.deleted', target: targetOf(tenant), before: { ...toTenantView(tenant), auditHead } });
    });
  }
}

function visibleTo({ tenantId, isRootTenant, grants }: Access): { id?: string } {
  return isRootTenant && isOwner(grants) ? {} : { id: tenantId };
}

async function lock(manager: EntityManager, id: string): Promise<Tenant> {
  const tenant = await manager.findOne(Tenant, { where: { id }, lock: { mode: 'pessimistic_write' } });
  if (!tenant) throw tenantErrors.not_found({ id });
  return tenant;
}

async function allDependants(manager: EntityManager, id: string): Promise<Dependant[]> {
  const found = await dependantsOf(manager, { table: 'tenant', id }, OWN_TABLES);
  const projects = await manager.query<{ id: string }[]>(`select id from project where tenant_id = $1`, [id]);
  for (const project of projects) {
    found.push(...(await dependantsOf(manager, { table: 'project', id: project.id }, OWN_TABLES)));
  }
  return [...new Map(found.map((dependant) => [`${dependant.kind} ${dependant.id}`, dependant])).values()];
}

function targetOf({ id, name }: Tenant): { kind: string; id: string; label: string } {
  return { kind: 'tenant', id, label: name };
}

function refuseTaken(error: unknown, name: string): never {
  if (isUniqueViolation(error, 'tenant_name_key')) throw tenantErrors.name_taken({ name }, { cause: error });
  throw error;
}
