import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Repository, type EntityManager, type SelectQueryBuilder } from 'typeorm';
import { Writes, type Write } from '../audit/writes.service.js';
import { AppError } from '../common/errors/app-error.js';
import type { Access } from '../common/http/access.js';
import { assertVersion, type ExpectedVersion } from '../common/http/etag.js';
import { decodeCursor, DEFAULT_PAGE_SIZE, toPage, type Page } from '../common/http/paging.js';
import type { Grant } from '../common/http/permissions.js';
import { newId } from '../common/ids.js';
import { isUniqueViolation } from '../database/unique-violation.js';
import {
  toMemberView,
  type CreateMember,
  type ListMembers,
  type MemberView,
  type NewMemberView,
  type OneTimePasswordView,
  type PutMember,
  type PutMemberView,
  type RoleInput,
  type UpdateMember,
} from './member.dto.js';
import { Member } from './member.entity.js';
import {
  assertMayGrant,
  assertOwnerRemains,
  byReach,
  differing,
  isOwner,
  lockOwners,
  replaceRoles,
  rolesOf,
} from './member-roles.js';
import { memberErrors } from './members.errors.js';
import { oneTimePassword, Passwords } from './passwords.service.js';
import { ProjectsService } from './projects.service.js';

type NewMember = CreateMember & { readonly isEnabled?: boolean };

const RACES: ReadonlySet<string> = new Set(['member.email_taken', 'member.not_found']);

/** The people of a tenant. A caller sees those with a role in its reach, and manages no role above its own. */
@Injectable()
export class MembersService {
  constructor(
    @InjectRepository(Member) private readonly members: Repository<Member>,
    private readonly writes: Writes,
    private readonly projects: ProjectsService,
    private readonly passwords: Passwords,
  ) {}

  /** Lists by e-mail address. */
  async list(access: Access, query: ListMembers): Promise<Page<MemberView>> {
    const { limit = DEFAULT_PAGE_SIZE, cursor, q, project } = query;
    const rows = await listQuery(this.members.manager, await this.projects.narrow(access, project), q)
      .andWhere(cursor === undefined ? 'true' : 'member.email > :after', {
        after: cursor !== undefined && decodeCursor(cursor, 'text')[0],
      })
      .orderBy('member.email')
      .take(limit + 1)
      .getMany();
    const roles = await rolesOf(this.members.manager, ids(rows));
    const view = (row: Member): MemberView => toMemberView(row, byReach(access, roles.get(row.id) ?? []).visible);
    return toPage(rows, limit, { view, cursor: ({ email }) => [email] });
  }

  async get(access: Access, id: string): Promise<MemberView> {
    const { member, visible } = await load(this.members.manager, access, id);
    return toMemberView(member, visible);
  }

  /** Adds a member with a one-time password, which is in the answer and nowhere else. */
  async create(access: Access, { email, name, roles, isEnabled = true }: NewMember): Promise<NewMemberView> {
    const grants = await this.resolved(access, roles);
    assertMayGrant(access, grants);
    const password = oneTimePassword();
    const passwordDigest = await this.passwords.digest(password);
    return this.writes.run(access, async (write) => {
      const { tenantId } = access;
      const member = await insert(write.manager, { tenantId, email, name, isEnabled, passwordDigest });
      await replaceRoles(write.manager, member, grants);
      const view = toMemberView(member, grants);
      write.audit({ action: 'member.created', target: targetOf(member), after: view });
      return { ...view, oneTimePassword: password };
    });
  }

  /** Adds the member with that address, or changes it; the password is there only for one that is new. */
  async put(
    access: Access,
    email: string,
    input: PutMember,
    expected: ExpectedVersion,
  ): Promise<{ view: PutMemberView; isNew: boolean }> {
    const attempt = async () => {
      const existing = await reachable(this.members.manager, access)
        .andWhere('member.email = :email', { email })
        .getOne();
      assertVersion(existing?.version ?? null, expected);
      if (!existing) return { view: await this.create(access, { ...input, email }), isNew: true };
      return {
        view: { ...(await this.update(access, existing.id, input, expected)), oneTimePassword: null },
        isNew: false,
      };
    };
    // Somebody may add or remove it between the look and the write; then it is there, or not, at the second look.
    return attempt().catch((error: unknown) => {
      if (error instanceof AppError && RACES.has(error.code)) return attempt();
      throw error;
    });
  }

  async update(access: Access, id: string, changes: UpdateMember, expected: ExpectedVersion): Promise<MemberView> {
    const wanted = changes.roles && (await this.resolved(access, changes.roles));
    return this.writes.run(access, async (write) => {
      const { member, visible, hidden } = await loadForWrite(write, access, id);
      assertVersion(member.version, expected);
      const roles = wanted ?? visible;
      assertMayGrant(access, differing(visible, roles));
      if (changes.name !== undefined || changes.isEnabled !== undefined)
        assertMayGrant(access, [...visible, ...hidden]);
      const before = toMemberView(member, visible);
      const { name = member.name, isEnabled = member.isEnabled } = changes;
      const saved = await write.manager.save(Object.assign(member, { name, isEnabled, updatedAt: new Date() }));
      await replaceRoles(write.manager, member, [...hidden, ...roles]);
      if (!isEnabled) await endSessions(write.manager, id);
      if (isOwner(visible)) await assertOwnerRemains(write.manager, access.tenantId);
      const after = toMemberView(saved, roles);
      write.audit({ action: 'member.updated', target: targetOf(member), before, after });
      return after;
    });
  }

  remove(access: Access, id: string, expected: ExpectedVersion): Promise<void> {
    return this.writes.run(access, async (write) => {
      const { member, visible, hidden } = await loadForWrite(write, access, id);
      assertVersion(member.version, expected);
      assertMayGrant(access, [...visible, ...hidden]);
      await write.manager.delete(Member, { id });
      if (isOwner(visible)) await assertOwnerRemains(write.manager, access.tenantId);
      write.audit({ action: 'member.deleted', target: targetOf(member), before: toMemberView(member, visible) });
    });
  }

  /** Gives a member a new one-time password and ends its sessions. */
  async resetPassword(access: Access, id: string): Promise<OneTimePasswordView> {
    const password = oneTimePassword();
    const passwordDigest = await this.passwords.digest(password);
    return this.writes.run(access, async (write) => {
      const { member, visible, hidden } = await loadForWrite(write, access, id);
      assertMayGrant(access, [...visible, ...hidden]);
      await write.manager.save(Object.assign(member, { passwordDigest, mustChangePassword: true }));
      await endSessions(write.manager, id);
      write.audit({ action: 'member.password_reset', target: targetOf(member) });
      return { oneTimePassword: password };
    });
  }

  private async resolved(access: Access, roles: readonly RoleInput[]): Promise<Grant[]> {
    const projectIds = await Promise.all(
      roles.map(({ project }) => (project === undefined ? null : this.projects.resolve(access, project))),
    );
    if (new Set(projectIds).size < roles.length) throw memberErrors.two_roles();
    return roles.map(({ role }, index) => ({ role, projectId: projectIds[index] ?? null }));
  }
}

interface Loaded {
  readonly member: Member;
  readonly visible: Grant[];
  readonly hidden: Grant[];
}

function reachable(manager: EntityManager, { tenantId, projectIds }: Access): SelectQueryBuilder<Member> {
  const query = manager.createQueryBuilder(Member, 'member').where('member.tenantId = :tenantId', { tenantId });
  if (projectIds === 'all') return query;
  return query.andWhere(
    'exists (select from member_role held where held.member_id = member.id and held.project_id = any(:projectIds))',
    { projectIds },
  );
}

function listQuery(manager: EntityManager, access: Access, q: string | undefined): SelectQueryBuilder<Member> {
  const query = reachable(manager, access);
  if (q === undefined) return query;
  return query.andWhere(`position(lower(:q) in member.email || ' ' || lower(member.name)) > 0`, { q });
}

/** One member with its roles; `isLocked` for a change, in its transaction. Throws `member.not_found`. */
async function load(manager: EntityManager, access: Access, id: string, isLocked = false): Promise<Loaded> {
  const query = reachable(manager, access).andWhere('member.id = :id', { id });
  const member = await (isLocked ? query.setLock('pessimistic_write') : query).getOne();
  if (!member) throw memberErrors.not_found({ id });
  const roles = await rolesOf(manager, [id]);
  return { member, ...byReach(access, roles.get(id) ?? []) };
}

async function loadForWrite({ manager }: Write, access: Access, id: string): Promise<Loaded> {
  await lockOwners(manager, access.tenantId);
  return load(manager, access, id, true);
}

async function insert(manager: EntityManager, fields: Partial<Member>): Promise<Member> {
  try {
    return await manager.save(manager.create(Member, { ...fields, id: newId(), mustChangePassword: true }));
  } catch (error) {
    if (isUniqueViolation(error, 'member_email_key')) {
      throw memberErrors.email_taken({ email: String(fields.email) }, { cause: error });
    }
    throw error;
  }
}

/** Ends all sessions of a member. */
async function endSessions(manager: EntityManager, memberId: string): Promise<void> {
  await manager.query(`delete from session where member_id = $1`, [memberId]);
}

function targetOf({ id, email }: Member): { kind: string; id: string; label: string } {
  return { kind: 'member', id, label: email };
}

function ids(rows: readonly Member[]): string[] {
  return rows.map(({ id }) => id);
}
