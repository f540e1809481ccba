/** What a role may be allowed to do, by resource. `audit` has no write: entries are made by the system alone. */
export const PERMISSIONS = [
  'tenants:read',
  'tenants:write',
  'projects:read',
  'projects:write',
  'members:read',
  'members:write',
  'admin-keys:read',
  'admin-keys:write',
  'vault:read',
  'vault:write',
  'secrets:read',
  'secrets:write',
  'audit:read',
  'catalogue:read',
  'catalogue:write',
  'providers:read',
  'providers:write',
  'models:read',
  'models:write',
  'profiles:read',
  'profiles:write',
  'tokens:read',
  'tokens:write',
  'allowances:read',
  'allowances:write',
  'requests:read',
  'payloads:read',
  'usage:read',
  'system:read',
  'system:write',
] as const;

/** One named right; every admin route requires exactly one. */
export type Permission = (typeof PERMISSIONS)[number];

/** What a principal may be, in a whole tenant or in one project; each includes the ones after it. */
export const ROLES = ['owner', 'admin', 'operator', 'viewer'] as const;
export type Role = (typeof ROLES)[number];

/** A role held in one project, or (`projectId` null) in the whole tenant. */
export interface Grant {
  readonly role: Role;
  readonly projectId: string | null;
}
