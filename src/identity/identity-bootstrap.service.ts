import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Writes, type Write } from '../audit/writes.service.js';
import { digestOf, parseCredential } from '../common/credential.js';
import { systemAccess, type Access } from '../common/http/access.js';
import { newId } from '../common/ids.js';
import { isUniqueViolation } from '../database/unique-violation.js';
import { AdminKey } from './admin-key.entity.js';
import { insertFirstProject, insertOwner, insertTenant } from './first-rows.js';
import { oneTimePassword, Passwords } from './passwords.service.js';
import { Project } from './project.entity.js';
import { Tenant } from './tenant.entity.js';

const OWNER_EMAIL = 'owner@localhost';
const NAME = 'default';

/** What an installation has after its first start. */
export interface Bootstrapped {
  readonly tenantId: string;
  readonly projectId: string;
  /** Whether this call made it. */
  readonly created: boolean;
  /** Only when just made, and not when there is a bootstrap admin key instead. */
  readonly owner?: { readonly email: string; readonly oneTimePassword: string };
}

/** Gives a new installation its root tenant, a project and an owner. */
@Injectable()
export class IdentityBootstrap {
  constructor(
    private readonly database: DataSource,
    private readonly writes: Writes,
    private readonly passwords: Passwords,
  ) {}

  /**
   * Makes tenant and project `default` and one owner: whoever holds `adminKey` if given, else `owner@localhost` with
   * the one-time password in the answer. What is there already stays as it is. Several processes may call it at once.
   */
  async ensure({ adminKey }: { adminKey?: string | undefined } = {}): Promise<Bootstrapped> {
    const existing = await this.find();
    if (existing) return existing;
    try {
      return await this.create(adminKey);
    } catch (error) {
      const isBeaten = isUniqueViolation(error, 'tenant_name_key') || isUniqueViolation(error, 'tenant_root_key');
      const winners = isBeaten ? await this.find() : undefined;
      if (winners) return winners;
      throw error;
    }
  }

  private async find(): Promise<Bootstrapped | undefined> {
    const tenant = await this.database.manager.findOneBy(Tenant, { isRoot: true });
    if (!tenant) return undefined;
    const project = await this.database.manager.findOne(Project, {
      where: { tenantId: tenant.id },
      order: { createdAt: 'ASC' },
    });
    const projectId = project?.id ?? (await this.createProject(systemAccess(tenant.id)));
    return { tenantId: tenant.id, projectId, created: false };
  }

  private async create(adminKey: string | undefined): Promise<Bootstrapped> {
    const tenantId = newId();
    const access = systemAccess(tenantId);
    const oneTime = oneTimePassword();
    const passwordDigest = await this.passwords.digest(oneTime);
    return this.writes.run(access, async (write) => {
      await insertTenant(write, { id: tenantId, name: NAME, isRoot: true });
      const projectId = await insertFirstProject(write, tenantId);
      if (adminKey !== undefined) {
        await insertKey(write, access, adminKey);
        return { tenantId, projectId, created: true };
      }
      await insertOwner(write, { tenantId, email: OWNER_EMAIL, name: 'Owner', passwordDigest });
      return { tenantId, projectId, created: true, owner: { email: OWNER_EMAIL, oneTimePassword: oneTime } };
    });
  }

  private createProject(access: Access): Promise<string> {
    return this.writes.run(access, (write) => insertFirstProject(write, access.tenantId));
  }
}

async function insertKey(write: Write, { tenantId, actor }: Access, text: string): Promise<void> {
  const id = newId();
  const publicId = parseCredential(text)?.publicId ?? 'bootstrap'; // any text of 32 characters or more will do
  const scope = { tenantId, projectId: null, role: 'owner' as const };
  const key = { id, ...scope, name: 'bootstrap', publicId, digest: digestOf(text), createdBy: actor.name };
  await write.manager.save(write.manager.create(AdminKey, key));
  write.audit({ action: 'admin_key.issued', target: { kind: 'admin_key', id, label: key.name } });
}
