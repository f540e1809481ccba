import { Injectable } from '@nestjs/common';
import type { NextFunction, Response } from 'express';
import { DataSource } from 'typeorm';
import { digestOf } from '../common/credential.js';
import type { GuardedRequest } from '../common/http/access.js';
import type { Grant, Role } from '../common/http/permissions.js';
import { accessErrors } from './identity.errors.js';
import { LastUsed } from './last-used.service.js';
import { KnownPrincipal } from './principal.js';
import { mayBeCrossSite, readBearer, readSessionCookie } from './request-credentials.js';
import { SESSION_IDLE_SECONDS } from './session-times.js';

interface KeyRow {
  id: string;
  name: string;
  role: Role;
  project_id: string | null;
  tenant_id: string;
  is_root: boolean;
}

interface SessionRow {
  id: string;
  member_id: string;
  email: string;
  tenant_id: string;
  is_root: boolean;
  must_change_password: boolean;
  grants: Grant[];
}

/**
 * Finds out who calls an admin route, from an admin key or a session cookie. It asks Postgres each time, by a unique
 * digest: a key that was revoked is refused from the next request on, in every process, with no cache to go stale.
 */
@Injectable()
export class Authentication {
  constructor(
    private readonly database: DataSource,
    private readonly lastUsed: LastUsed,
  ) {}

  /** The Express middleware in front of the admin routes. It refuses nobody: a route's guard does. */
  readonly middleware = async (request: GuardedRequest, _: Response, next: NextFunction): Promise<void> => {
    const principal = await this.authenticate(request);
    if (principal) request.principal = principal;
    next();
  };

  private async authenticate(request: GuardedRequest): Promise<KnownPrincipal | undefined> {
    if (request.headers.authorization !== undefined) {
      const text = readBearer(request);
      return text === undefined ? undefined : this.byKey(digestOf(text), request);
    }
    const cookie = readSessionCookie(request);
    return cookie === undefined ? undefined : this.bySession(digestOf(cookie), request);
  }

  private async byKey(digest: string, { ip }: GuardedRequest): Promise<KnownPrincipal | undefined> {
    const [row] = await this.database.query<KeyRow[]>(
      `select admin_key.id, admin_key.name, role, project_id, tenant_id, is_root
       from admin_key join tenant on tenant.id = tenant_id
       where digest = $1 and revoked_at is null and (expires_at is null or expires_at > now())`,
      [digest],
    );
    if (!row) return undefined;
    this.lastUsed.note('admin_key', row.id);
    return new KnownPrincipal({
      actor: { kind: 'admin_key', id: row.id, name: row.name, address: ip ?? null },
      tenantId: row.tenant_id,
      isRootTenant: row.is_root,
      grants: [{ role: row.role, projectId: row.project_id }],
      sessionId: null,
      mustChangePassword: false,
    });
  }

  private async bySession(digest: string, request: GuardedRequest): Promise<KnownPrincipal | undefined> {
    const [row] = await this.database.query<SessionRow[]>(
      `select session.id, member_id, email, session.tenant_id, is_root, must_change_password,
              (select coalesce(jsonb_agg(jsonb_build_object('role', role, 'projectId', project_id)), '[]')
               from member_role where member_role.member_id = member.id) as grants
       from session join member on member.id = member_id join tenant on tenant.id = session.tenant_id
       where digest = $1 and is_enabled and expires_at > now() and last_used_at > now() - make_interval(secs => $2)`,
      [digest, SESSION_IDLE_SECONDS],
    );
    if (!row) return undefined;
    this.lastUsed.note('session', row.id);
    return new KnownPrincipal({
      actor: { kind: 'member', id: row.member_id, name: row.email, address: request.ip ?? null },
      tenantId: row.tenant_id,
      isRootTenant: row.is_root,
      grants: row.grants,
      sessionId: row.id,
      mustChangePassword: row.must_change_password,
      refusal: mayBeCrossSite(request) ? accessErrors.cross_site() : undefined,
    });
  }
}
