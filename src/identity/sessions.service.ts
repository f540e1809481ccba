import { Injectable } from '@nestjs/common';
import type { Request } from 'express';
import { randomBytes } from 'node:crypto';
import { DataSource } from 'typeorm';
import { Writes } from '../audit/writes.service.js';
import { digestOf } from '../common/credential.js';
import type { Access } from '../common/http/access.js';
import { newId } from '../common/ids.js';
import { toMeView } from './me.dto.js';
import { Member } from './member.entity.js';
import { Passwords } from './passwords.service.js';
import type { KnownPrincipal } from './principal.js';
import { SESSION_IDLE_SECONDS, SESSION_LIFETIME_SECONDS } from './session-times.js';
import {
  toSessionView,
  type ChangePassword,
  type CurrentSessionView,
  type SessionRow,
  type SessionView,
} from './session.dto.js';
import { SignInThrottle } from './sign-in-throttle.service.js';
import { signInErrors } from './sign-in.errors.js';

const MOST_PER_MEMBER = 50;
const LIVE = `expires_at > now() and last_used_at > now() - make_interval(secs => ${SESSION_IDLE_SECONDS})`;
const COLUMNS = 'id, address, user_agent, created_at, last_used_at, expires_at';

/** What signed-in members do with their own sessions and password. Of a session's text only the digest is kept. */
@Injectable()
export class SessionsService {
  constructor(
    private readonly database: DataSource,
    private readonly writes: Writes,
    private readonly passwords: Passwords,
    private readonly throttle: SignInThrottle,
  ) {}

  /** Opens a session for a member who just signed in; returns its text, for the cookie. */
  open(member: Member, request: Request): Promise<string> {
    const text = randomBytes(32).toString('base64url');
    return this.writes.run(accessOf(member, request), async ({ manager, audit }) => {
      await manager.query(
        `insert into session (id, member_id, tenant_id, digest, address, user_agent, expires_at)
         values ($1, $2, $3, $4, $5, $6, now() + make_interval(secs => $7))`,
        [
          newId(),
          member.id,
          member.tenantId,
          digestOf(text),
          request.ip ?? null,
          request.headers['user-agent']?.slice(0, 300) ?? null,
          SESSION_LIFETIME_SECONDS,
        ],
      );
      await manager.query(
        `delete from session where member_id = $1 and (not (${LIVE}) or id not in
           (select id from session where member_id = $1 order by last_used_at desc limit ${MOST_PER_MEMBER}))`,
        [member.id],
      );
      await manager.query(`update member set last_sign_in_at = now() where id = $1`, [member.id]);
      audit({ action: 'session.opened', target: targetOf(member) });
      return text;
    });
  }

  async current(principal: KnownPrincipal): Promise<CurrentSessionView> {
    const { id, session } = own(principal);
    const [row] = await this.rows(id, session);
    if (!row) throw signInErrors.not_found({ id: session });
    return { ...toSessionView(row, session), member: toMeView(principal, principal.accessFor('authenticated')) };
  }

  /** The member's own live sessions, the last used first. */
  async list(principal: KnownPrincipal): Promise<SessionView[]> {
    const { id, session } = own(principal);
    return (await this.rows(id)).map((row) => toSessionView(row, session));
  }

  /** Ends one of the member's own sessions. Throws `session.not_found` for anyone else's. */
  async close(principal: KnownPrincipal, sessionId: string): Promise<void> {
    const { id } = own(principal);
    await this.writes.run(principal.accessFor('authenticated'), async ({ manager, audit }) => {
      const [, count] = await manager.query<[unknown, number]>(`delete from session where id = $1 and member_id = $2`, [
        sessionId,
        id,
      ]);
      if (count === 0) throw signInErrors.not_found({ id: sessionId });
      audit({ action: 'session.closed', target: targetOf({ id, email: principal.actor.name }) });
    });
  }

  /** Ends the session that the request came with. */
  async closeCurrent(principal: KnownPrincipal): Promise<void> {
    await this.close(principal, own(principal).session);
  }

  /** Sets the member's own password, and ends its other sessions. */
  async changePassword(principal: KnownPrincipal, { currentPassword, newPassword }: ChangePassword): Promise<void> {
    const { id, session } = own(principal);
    const { name: email, address } = principal.actor;
    await this.throttle.begin(email, address ?? undefined);
    const { passwordDigest } = await this.database.manager.findOneByOrFail(Member, { id });
    if (!(await this.passwords.isRight(passwordDigest, currentPassword))) throw signInErrors.wrong_password();
    await this.throttle.succeed(email, address ?? undefined);
    if (newPassword === currentPassword) throw signInErrors.same_password();
    const digest = await this.passwords.digest(newPassword);
    await this.writes.run(principal.accessFor('authenticated'), async ({ manager, audit }) => {
      await manager.query(
        `update member set password_digest = $2, must_change_password = false, version = version + 1,
           updated_at = now() where id = $1`,
        [id, digest],
      );
      await manager.query(`delete from session where member_id = $1 and id <> $2`, [id, session]);
      audit({ action: 'member.password_changed', target: targetOf({ id, email }) });
    });
  }

  private rows(memberId: string, id: string | null = null): Promise<SessionRow[]> {
    return this.database.query(
      `select ${COLUMNS} from session where member_id = $1 and ($2::uuid is null or id = $2) and ${LIVE}
       order by last_used_at desc, id desc`,
      [memberId, id],
    );
  }
}

/** The member and session behind a principal. Throws `session.members_only` for an admin key. */
function own({ caller }: KnownPrincipal): { id: string; session: string } {
  const { actor, sessionId } = caller;
  if (sessionId === null || actor.id === null) throw signInErrors.members_only();
  return { id: actor.id, session: sessionId };
}

function accessOf({ id, tenantId, email }: Member, { ip }: Request): Access {
  const actor = { kind: 'member', id, name: email, address: ip ?? null } as const;
  return { actor, tenantId, projectIds: [], isRootTenant: false, grants: [] };
}

function targetOf({ id, email }: { id: string; email: string }): { kind: string; id: string; label: string } {
  return { kind: 'member', id, label: email };
}
