import { Injectable } from '@nestjs/common';
import { In, IsNull, type EntityManager, type FindOptionsWhere } from 'typeorm';
import { Writes, type Write } from '../audit/writes.service.js';
import { issueCredential, type IssuedCredential } from '../common/credential.js';
import { AppError } from '../common/errors/app-error.js';
import type { Access } from '../common/http/access.js';
import type { NamedPlace } from '../common/http/by-name.decorator.js';
import { assertVersion, type ExpectedVersion } from '../common/http/etag.js';
import { newId } from '../common/ids.js';
import { isUniqueViolation } from '../database/unique-violation.js';
import { ProjectsService } from '../identity/projects.service.js';
import { TokenBindings } from './token-bindings.service.js';
import { type IssueToken, type PutToken, type UpdateToken } from './token.dto.js';
import { toTokenView, type IssuedTokenView, type TokenView } from './token-view.dto.js';
import { Token } from './token.entity.js';
import { tokenErrors } from './tokens.errors.js';

/** What a change of a token is called in the audit trail. */
type Action = 'token.issued' | 'token.updated' | 'token.rotated' | 'token.revoked';

/** Issues tokens, changes them, and ends them. A token's text leaves here once and is kept nowhere. */
@Injectable()
export class TokensService {
  constructor(
    private readonly projects: ProjectsService,
    private readonly bindings: TokenBindings,
    private readonly writes: Writes,
  ) {}

  /** Issues a token in the project. Throws `token.name_taken`, `profile.not_found`. */
  async issue(access: Access, input: IssueToken, projectParam?: string): Promise<IssuedTokenView> {
    const projectId = await this.projects.resolve(access, projectParam);
    return this.writes.run(access, (write) => this.insert(write, { tenantId: access.tenantId, projectId }, input));
  }

  /** Issues the token of that name, or changes it; the text is there only when it was issued now. */
  async put(
    access: Access,
    { name, within }: NamedPlace,
    input: PutToken,
    expected: ExpectedVersion,
  ): Promise<{ view: IssuedTokenView; isNew: boolean }> {
    const place = { tenantId: access.tenantId, projectId: await this.projects.resolve(access, within) };
    const attempt = () => this.putIn(access, { ...place, name }, input, expected);
    // Somebody may issue it between the look and the insert; then it is there to be changed.
    return attempt().catch((error: unknown) => {
      if (error instanceof AppError && error.code === 'token.name_taken') return attempt();
      throw error;
    });
  }

  update(access: Access, id: string, changes: UpdateToken, expected: ExpectedVersion): Promise<TokenView> {
    return this.writes.run(access, async (write) =>
      this.change(write, await this.usable(write, access, id, expected), changes),
    );
  }

  /** Gives the token a new text. The old one works for `overlapSeconds` more; the one before that no longer. */
  rotate(
    access: Access,
    id: string,
    { overlapSeconds = 0 }: { overlapSeconds?: number | undefined },
    expected: ExpectedVersion,
  ): Promise<IssuedTokenView> {
    return this.writes.run(access, async (write) => {
      const token = await this.usable(write, access, id, expected);
      const before = await this.view(write, token);
      const now = Date.now();
      const credential = issueCredential('wgl', token.publicId);
      token.previousDigest = overlapSeconds > 0 ? token.digest : null;
      token.previousUntil = overlapSeconds > 0 ? new Date(now + overlapSeconds * 1000) : null;
      token.digest = credential.digest;
      token.rotatedAt = new Date(now);
      return { ...(await this.save(write, token, { action: 'token.rotated', before })), token: credential.text };
    });
  }

  /** Ends the token for good; a second time changes nothing. Its row stays, because the ledger names it. */
  revoke(access: Access, id: string, expected: ExpectedVersion): Promise<TokenView> {
    return this.writes.run(access, async (write) => {
      const token = await this.reached(write, access, id);
      assertVersion(token.version, expected);
      const before = await this.view(write, token);
      token.revokedAt ??= new Date();
      token.previousDigest = null;
      token.previousUntil = null;
      await this.bindings.release(write.manager, token);
      return this.save(write, token, { action: 'token.revoked', before });
    });
  }

  private putIn(
    access: Access,
    { name, ...place }: { name: string; tenantId: string; projectId: string },
    input: PutToken,
    expected: ExpectedVersion,
  ): Promise<{ view: IssuedTokenView; isNew: boolean }> {
    return this.writes.run(access, async (write) => {
      const existing = await locked(write.manager, { projectId: place.projectId, name, revokedAt: IsNull() });
      assertVersion(existing?.version ?? null, expected);
      if (!existing) return { view: await this.insert(write, place, { ...input, name }), isNew: true };
      return { view: { ...(await this.change(write, existing, input)), token: null }, isNew: false };
    });
  }

  private async insert(
    write: Write,
    place: { tenantId: string; projectId: string },
    input: IssueToken,
  ): Promise<IssuedTokenView> {
    const credential = issueCredential('wgl');
    const token = blankToken(place, credential);
    apply(token, input);
    await save(write.manager, token);
    await this.bindings.bind(write.manager, token, input.profiles ?? null);
    return { ...(await this.note(write, token, { action: 'token.issued', before: null })), token: credential.text };
  }

  private async change(write: Write, token: Token, changes: UpdateToken): Promise<TokenView> {
    const before = await this.view(write, token);
    apply(token, changes);
    if (changes.profiles !== undefined) await this.bindings.bind(write.manager, token, changes.profiles);
    return this.save(write, token, { action: 'token.updated', before });
  }

  private async save(write: Write, token: Token, fact: { action: Action; before: TokenView }): Promise<TokenView> {
    token.updatedAt = new Date(); // counts the version up also when only the profiles changed
    await save(write.manager, token);
    return this.note(write, token, fact);
  }

  private async note(
    write: Write,
    token: Token,
    fact: { action: Action; before: TokenView | null },
  ): Promise<TokenView> {
    const { id, name, projectId } = token;
    const after = await this.view(write, token);
    write.audit({ ...fact, target: { kind: 'token', id, label: name }, projectId, after });
    write.changed('token', id);
    return after;
  }

  private async view(write: Write, token: Token): Promise<TokenView> {
    const [details] = await this.bindings.detailed(write.manager, [token]);
    if (!details) throw tokenErrors.not_found({ token: token.id });
    return toTokenView(details);
  }

  private async usable(write: Write, access: Access, id: string, expected: ExpectedVersion): Promise<Token> {
    const token = await this.reached(write, access, id);
    assertVersion(token.version, expected);
    if (token.revokedAt) throw tokenErrors.revoked();
    return token;
  }

  private async reached(write: Write, { tenantId, projectIds }: Access, id: string): Promise<Token> {
    const inReach = projectIds === 'all' ? {} : { projectId: In([...projectIds]) };
    const token = await locked(write.manager, { id, tenantId, ...inReach });
    if (!token) throw tokenErrors.not_found({ token: id });
    return token;
  }
}

function blankToken(place: { tenantId: string; projectId: string }, credential: IssuedCredential): Token {
  return Object.assign(new Token(), {
    ...place,
    id: newId(),
    publicId: credential.publicId,
    digest: credential.digest,
    previousDigest: null,
    previousUntil: null,
    scopes: null,
    hasAllProfiles: true,
    allowedAddresses: null,
    metadata: {},
    allowsHints: false,
    allowsDirectives: false,
    allowsWildcard: false,
    isEnabled: true,
    expiresAt: null,
    rotatedAt: null,
    revokedAt: null,
    lastUsedAt: null,
  } satisfies Partial<Token>);
}

/** Puts what is given on a token. Throws `token.expiry_passed`. */
function apply(
  token: Token,
  { name, profiles, scopes, expiresAt, allowedAddresses, metadata, ...flags }: UpdateToken,
): void {
  if (expiresAt && expiresAt.getTime() <= Date.now()) throw tokenErrors.expiry_passed();
  if (profiles !== undefined) token.hasAllProfiles = profiles === null;
  if (metadata !== undefined) token.metadata = metadata ?? {};
  for (const flag of ['isEnabled', 'allowsHints', 'allowsDirectives', 'allowsWildcard'] as const) {
    if (flags[flag] !== undefined) token[flag] = flags[flag] ?? flag === 'isEnabled';
  }
  const plain = { name, scopes, expiresAt, allowedAddresses };
  Object.assign(token, Object.fromEntries(Object.entries(plain).filter(([, value]) => value !== undefined)));
}

function locked(manager: EntityManager, where: FindOptionsWhere<Token>): Promise<Token | null> {
  return manager.findOne(Token, { where, lock: { mode: 'pessimistic_write' } });
}

async function save(manager: EntityManager, token: Token): Promise<void> {
  try {
    await manager.save(token);
  } catch (error) {
    if (isUniqueViolation(error, 'token_name_key'))
      throw tokenErrors.name_taken({ name: token.name }, { cause: error });
    throw error;
  }
}
