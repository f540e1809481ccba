import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { Request } from 'express';
import type { Grant, Permission } from './permissions.js';

/** Who is acting: a signed-in member, an admin key, or the system itself. Safe to show and to audit. */
export interface Actor {
  readonly kind: 'member' | 'admin_key' | 'system';
  /** `null` for the system. */
  readonly id: string | null;
  readonly name: string;
  /** The source address of the call, `null` for the system. */
  readonly address: string | null;
}

/**
 * What the caller of one admin route may touch, computed by the guard for the permission that route requires.
 * Every query of a tenant-owned table filters by it; there is no other way to a row.
 */
export interface Access {
  readonly actor: Actor;
  readonly tenantId: string;
  /** The projects in which the caller holds the permission; `all` when it is held for the whole tenant. */
  readonly projectIds: 'all' | readonly string[];
  /** Whether the caller's tenant is the root tenant, whose owners manage tenants. */
  readonly isRootTenant: boolean;
  /** Every role the caller holds: nobody hands out more than this. */
  readonly grants: readonly Grant[];
}

/** The caller of an admin route, before it is known what the route requires. */
export interface Principal {
  readonly actor: Actor;
  /** What the caller may touch with this permission. Throws a 401 or 403 when that is nothing. */
  accessFor(permission: Permission | 'authenticated'): Access;
}

/** The system acting on its own, for bootstrap and background work in one tenant. */
export function systemAccess(tenantId: string, name = 'system'): Access {
  const actor: Actor = { kind: 'system', id: null, name, address: null };
  return { actor, tenantId, projectIds: 'all', isRootTenant: true, grants: [{ role: 'owner', projectId: null }] };
}

/** Whether `access` reaches rows of this project; tenant-wide rows (`null`) need the permission for the whole tenant. */
export function reaches({ projectIds }: Access, projectId: string | null): boolean {
  return projectIds === 'all' || (projectId !== null && projectIds.includes(projectId));
}

/** The express request of an admin route; `principal` is set by the authentication middleware, `access` by the guard. */
export interface GuardedRequest extends Request {
  principal?: Principal;
  access?: Access;
}

/** Hands the caller's `Access` to a route. */
export const Caller = createParamDecorator((_: unknown, context: ExecutionContext): Access => {
  const { access } = context.switchToHttp().getRequest<GuardedRequest>();
  if (!access) throw new Error('The route has no guard, so it has no caller.');
  return access;
});
