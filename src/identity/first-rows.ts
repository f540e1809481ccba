import type { Write } from '../audit/writes.service.js';
import { newId } from '../common/ids.js';
import { toMemberView } from './member.dto.js';
import { Member } from './member.entity.js';
import { replaceRoles } from './member-roles.js';
import { memberErrors } from './members.errors.js';
import { isUniqueViolation } from '../database/unique-violation.js';
import { toProjectView } from './project.dto.js';
import { Project } from './project.entity.js';
import { toTenantView } from './tenant.dto.js';
import { Tenant } from './tenant.entity.js';

const FIRST_PROJECT = 'default';
const OWNER = [{ role: 'owner', projectId: null }] as const;

/** Makes a tenant's own row. Throws Postgres' refusal when the name is taken or there is a root already. */
export async function insertTenant(
  { manager, audit }: Write,
  fields: { id: string; name: string; isRoot: boolean },
): Promise<Tenant> {
  const tenant = await manager.save(manager.create(Tenant, fields));
  audit({
    action: 'tenant.created',
    target: { kind: 'tenant', id: tenant.id, label: tenant.name },
    after: toTenantView(tenant),
  });
  return tenant;
}

/** Makes the project that every tenant begins with; returns its id. */
export async function insertFirstProject({ manager, audit, changed }: Write, tenantId: string): Promise<string> {
  const fields = { id: newId(), tenantId, name: FIRST_PROJECT, capture: 'none', captureDays: 7 } as const;
  const project = await manager.save(manager.create(Project, fields));
  const { id } = project;
  audit({
    action: 'project.created',
    target: { kind: 'project', id, label: FIRST_PROJECT },
    projectId: id,
    after: toProjectView(project),
  });
  changed('project', id);
  return id;
}

/** Makes a tenant's first owner, who must change the password; returns the id. */
export async function insertOwner(
  { manager, audit }: Write,
  fields: { tenantId: string; email: string; name: string; passwordDigest: string },
): Promise<string> {
  const row = manager.create(Member, { ...fields, id: newId(), mustChangePassword: true, isEnabled: true });
  const member = await manager.save(row).catch((error: unknown) => {
    if (!isUniqueViolation(error, 'member_email_key')) throw error;
    throw memberErrors.email_taken({ email: fields.email }, { cause: error });
  });
  await replaceRoles(manager, member, OWNER);
  const target = { kind: 'member', id: member.id, label: member.email };
  audit({ action: 'member.created', target, after: toMemberView(member, OWNER) });
  return member.id;
}
