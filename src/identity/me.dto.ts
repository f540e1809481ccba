import type { Access } from '../common/http/access.js';
import { PERMISSIONS, type Permission } from '../common/http/permissions.js';
import { RoleView } from './member.dto.js';
import type { KnownPrincipal } from './principal.js';
import { projectsWith } from './roles.js';

export class MeView {
  kind!: 'member' | 'admin_key' | 'system';
  id!: string | null;

  /**
   * The e-mail address of a member, the name of an admin key.
   * @example owner@localhost
   */
  name!: string;
  tenantId!: string;
  isRootTenant!: boolean;
  mustChangePassword!: boolean;
  roles!: RoleView[];

  /** All that the caller may do somewhere: in the whole tenant, or in some project. */
  permissions!: Permission[];
}

export function toMeView({ caller }: KnownPrincipal, { actor, tenantId, isRootTenant, grants }: Access): MeView {
  return {
    kind: actor.kind,
    id: actor.id,
    name: actor.name,
    tenantId,
    isRootTenant,
    mustChangePassword: caller.mustChangePassword,
    roles: grants.map(({ role, projectId }) => ({ role, projectId })),
    permissions: PERMISSIONS.filter((permission) => projectsWith(grants, permission, isRootTenant).length > 0),
  };
}
