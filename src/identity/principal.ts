import type { AppError } from '../common/errors/app-error.js';
import type { Access, Actor, Principal } from '../common/http/access.js';
import type { Grant, Permission } from '../common/http/permissions.js';
import { accessErrors } from './identity.errors.js';
import { projectsWith } from './roles.js';

/** What was found out about a caller. */
export interface CallerFacts {
  readonly actor: Actor;
  readonly tenantId: string;
  readonly isRootTenant: boolean;
  readonly grants: readonly Grant[];
  /** The session that was used, `null` for an admin key. */
  readonly sessionId: string | null;
  readonly mustChangePassword: boolean;
  /** Why this caller may do nothing with this request, though it is known who it is. */
  readonly refusal?: AppError | undefined;
}

/** A caller who is known: a member with a session, or an admin key. */
export class KnownPrincipal implements Principal {
  constructor(readonly caller: CallerFacts) {}

  get actor(): Actor {
    return this.caller.actor;
  }

  accessFor(permission: Permission | 'authenticated'): Access {
    const { actor, tenantId, isRootTenant, grants, refusal, mustChangePassword } = this.caller;
    if (refusal) throw refusal;
    const projectIds = projectsWith(grants, permission, isRootTenant);
    const access = { actor, tenantId, isRootTenant, grants, projectIds };
    if (permission === 'authenticated') return access;
    if (mustChangePassword) throw accessErrors.password_must_change();
    if (projectIds.length === 0) throw accessErrors.forbidden({ permission });
    return access;
  }
}
