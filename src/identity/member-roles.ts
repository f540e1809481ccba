import type { EntityManager } from 'typeorm';
import { reaches, type Access } from '../common/http/access.js';
import type { Grant, Role } from '../common/http/permissions.js';
import { memberErrors } from './members.errors.js';
import { includesGrant } from './roles.js';

/** The roles of members, by member id. */
export async function rolesOf(manager: EntityManager, memberIds: readonly string[]): Promise<Map<string, Grant[]>> {
  const rows = await manager.query<{ member_id: string; role: Role; project_id: string | null }[]>(
    `select member_id, role, project_id from member_role where member_id = any($1) order by project_id nulls first`,
    [memberIds],
  );
  const byMember = new Map<string, Grant[]>(memberIds.map((id) => [id, []]));
  for (const row of rows) byMember.get(row.member_id)?.push({ role: row.role, projectId: row.project_id });
  return byMember;
}

/** Puts `grants` in the place of all roles of a member. */
export async function replaceRoles(
  manager: EntityManager,
  { id, tenantId }: { id: string; tenantId: string },
  grants: readonly Grant[],
): Promise<void> {
  await manager.query(`delete from member_role where member_id = $1`, [id]);
  await manager.query(
    `insert into member_role (member_id, tenant_id, project_id, role)
     select $1, $2, project_id, role from unnest($3::uuid[], $4::text[]) as grants (project_id, role)`,
    [id, tenantId, grants.map(({ projectId }) => projectId), grants.map(({ role }) => role)],
  );
}

/** Splits a member's roles into those in the caller's reach and the others, which it neither sees nor changes. */
export function byReach(access: Access, grants: readonly Grant[]): { visible: Grant[]; hidden: Grant[] } {
  const { true: visible = [], false: hidden = [] } = Object.groupBy(grants, ({ projectId }) =>
    String(reaches(access, projectId)),
  );
  return { visible, hidden };
}

/** The roles that one list has and the other has not, in either direction. */
export function differing(a: readonly Grant[], b: readonly Grant[]): Grant[] {
  return [...a.filter((grant) => !has(b, grant)), ...b.filter((grant) => !has(a, grant))];
}

function has(grants: readonly Grant[], { role, projectId }: Grant): boolean {
  return grants.some((grant) => grant.role === role && grant.projectId === projectId);
}

/** Refuses a caller who would hand out, change or take away a role above its own. */
export function assertMayGrant({ grants: held }: Access, wanted: readonly Grant[]): void {
  const beyond = wanted.find((grant) => !includesGrant(held, grant));
  if (beyond) throw memberErrors.beyond_caller({ role: beyond.role });
}

/** Whether these roles own the whole tenant. */
export function isOwner(grants: readonly Grant[]): boolean {
  return grants.some(({ role, projectId }) => role === 'owner' && projectId === null);
}

/** Makes those who change owners of a tenant wait for one another, so that two can't remove each other. */
export async function lockOwners(manager: EntityManager, tenantId: string): Promise<void> {
  await manager.query(`select 1 from tenant where id = $1 for no key update`, [tenantId]);
}

/** Refuses to leave a tenant without an owner: an enabled member, or an admin key that does not expire. */
export async function assertOwnerRemains(manager: EntityManager, tenantId: string): Promise<void> {
  const owners = await manager.query<unknown[]>(
    `select 1 from member join member_role on member_id = member.id
     where member.tenant_id = $1 and is_enabled and role = 'owner' and project_id is null
     union all
     select 1 from admin_key where tenant_id = $1 and role = 'owner' and project_id is null
       and revoked_at is null and expires_at is null
     limit 1`,
    [tenantId],
  );
  if (owners.length === 0) throw memberErrors.last_owner();
}
