import { PERMISSIONS, ROLES, type Grant, type Permission, type Role } from '../common/http/permissions.js';

const reads = PERMISSIONS.filter((permission) => permission.endsWith(':read'));
const SENSITIVE: readonly Permission[] = ['payloads:read', 'vault:read', 'secrets:read', 'admin-keys:read'];

const viewer: readonly Permission[] = reads.filter((permission) => !SENSITIVE.includes(permission));
const operator: readonly Permission[] = [
  ...viewer,
  'vault:read',
  'secrets:read',
  'catalogue:write',
  'providers:write',
  'models:write',
  'profiles:write',
  'tokens:write',
];
const admin: readonly Permission[] = [
  ...operator,
  'payloads:read',
  'allowances:write',
  'admin-keys:read',
  'admin-keys:write',
  'members:write',
  'projects:write',
  'secrets:write',
];

/** What each role may do. Each includes the one below it. */
export const ROLE_PERMISSIONS: Readonly<Record<Role, ReadonlySet<Permission>>> = {
  owner: new Set(PERMISSIONS),
  admin: new Set(admin),
  operator: new Set(operator),
  viewer: new Set(viewer),
};

/** Rights over things that no project owns: a role in one project does not carry them. */
const TENANT_WIDE: ReadonlySet<Permission> = new Set<Permission>([
  'tenants:read',
  'tenants:write',
  'vault:read',
  'vault:write',
  'catalogue:write',
  'system:read',
  'system:write',
]);

/** Rights over things that all tenants share: only the root tenant's members have them. */
const ROOT_ONLY: ReadonlySet<Permission> = new Set<Permission>([
  'tenants:write',
  'vault:write',
  'catalogue:write',
  'system:write',
]);

/** The projects in which `grants` carry the permission: `all` for the whole tenant, none when it is not held at all. */
export function projectsWith(
  grants: readonly Grant[],
  permission: Permission | 'authenticated',
  isRootTenant: boolean,
): 'all' | readonly string[] {
  if (permission === 'authenticated') return scopesOf(grants);
  if (ROOT_ONLY.has(permission) && !isRootTenant) return [];
  const holding = grants.filter(({ role }) => ROLE_PERMISSIONS[role].has(permission));
  const scopes = scopesOf(holding);
  return TENANT_WIDE.has(permission) && scopes !== 'all' ? [] : scopes;
}

function scopesOf(grants: readonly Grant[]): 'all' | readonly string[] {
  const projectIds = grants.map(({ projectId }) => projectId);
  return projectIds.includes(null) ? 'all' : (projectIds as string[]);
}

/** Whether someone with `held` may hand out, change or take away `wanted`: it must include it, in that scope. */
export function includesGrant(held: readonly Grant[], wanted: Grant): boolean {
  return held.some(
    ({ role, projectId }) =>
      (projectId === null || projectId === wanted.projectId) && ROLES.indexOf(role) <= ROLES.indexOf(wanted.role),
  );
}
