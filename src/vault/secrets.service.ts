import { Injectable, Logger } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { In, QueryFailedError, Repository, type EntityManager } from 'typeorm';
import type { Write } from '../audit/writes.service.js';
import { reaches, type Access } from '../common/http/access.js';
import { assertVersion, type ExpectedVersion } from '../common/http/etag.js';
import { newId } from '../common/ids.js';
import { isUniqueViolation } from '../database/unique-violation.js';
import { BrokenSealError } from './cipher.js';
import { openSecret, sealSecret, type Envelope } from './envelope.js';
import type { KeyEncryptionKey } from './key-encryption-key.js';
import { Secret } from './secret.entity.js';
import { reachable } from './secret-records.service.js';
import { secretErrors, type Dependant } from './secrets.errors.js';
import { readVault } from './vault-rows.js';
import { vaultErrors } from './vault.errors.js';
import { Vault } from './vault.service.js';

/** What `open` answers; a ciphertext that does not open counts as missing, and is logged. */
export type OpenedSecret =
  { readonly kind: 'present'; readonly value: string } | { readonly kind: 'locked' } | { readonly kind: 'missing' };

export interface NewSecret {
  readonly name: string;
  readonly value: string;
  /** `null` for the whole tenant. */
  readonly projectId: string | null;
}

/** Names what still needs a secret, so that it is not removed under it. */
export type DependantsFinder = (manager: EntityManager, secretId: string) => Promise<readonly Dependant[]>;

const MISSING: OpenedSecret = { kind: 'missing' };
const LOCKED: OpenedSecret = { kind: 'locked' };
const FOREIGN_KEY_VIOLATION = '23503';

/** The sealed values: written within the caller's transaction, opened for the data plane, never shown. */
@Injectable()
export class Secrets {
  private readonly logger = new Logger(Secrets.name);
  private readonly finders: DependantsFinder[] = [];

  constructor(
    @InjectRepository(Secret) private readonly secrets: Repository<Secret>,
    private readonly vault: Vault,
  ) {}

  /** A room whose rows refer to secrets names its dependants here, once, at start. */
  registerDependants(finder: DependantsFinder): void {
    this.finders.push(finder);
  }

  /** Seals a new secret and returns its id. Throws `vault.locked`, `secret.name_taken`. */
  async put(write: Write, access: Access, { name, value, projectId }: NewSecret): Promise<string> {
    if (!reaches(access, projectId)) throw secretErrors.tenant_wide();
    const identity = { id: newId(), tenantId: access.tenantId, projectId, name };
    const key = await this.keyForWriting(write.manager);
    const row = { ...identity, ...sealSecret(key, identity, value), version: 1, useCount: '0', lastUsedAt: null };
    await this.insert(write.manager, row);
    write.audit({ action: 'secret.created', target: targetOf(identity), projectId, after: { name } });
    write.changed('secret', identity.id);
    return identity.id;
  }

  /** Seals another value in its place, under a fresh data key. Throws `vault.locked`, `secret.not_found`, `version.mismatch`. */
  async replace(
    write: Write,
    access: Access,
    { id, value, expected = null }: { id: string; value: string; expected?: ExpectedVersion },
  ): Promise<void> {
    const key = await this.keyForWriting(write.manager);
    const secret = await this.lockRow(write.manager, access, id);
    assertVersion(secret.version, expected);
    await this.reseal(write.manager, secret, sealSecret(key, secret, value));
    write.audit({ action: 'secret.value_replaced', target: targetOf(secret), projectId: secret.projectId });
    write.changed('secret', id);
  }

  /** Changes its name or value. A new name seals it anew, since the ciphertext is bound to the name. */
  async update(
    write: Write,
    access: Access,
    { id, name, value, expected }: { id: string; name?: string; value?: string; expected: ExpectedVersion },
  ): Promise<void> {
    const key = await this.keyForWriting(write.manager);
    const secret = await this.lockRow(write.manager, access, id);
    assertVersion(secret.version, expected);
    const renamed = { ...secret, name: name ?? secret.name };
    const plaintext = value ?? this.openWith(key, secret);
    await this.reseal(write.manager, renamed, sealSecret(key, renamed, plaintext));
    write.audit({
      action: 'secret.updated',
      target: targetOf(renamed),
      projectId: secret.projectId,
      before: { name: secret.name },
      after: { name: renamed.name, isValueReplaced: value !== undefined },
    });
    write.changed('secret', id);
  }

  /** Throws `secret.in_use` with the dependants. Works while locked: nothing is opened. */
  async remove(write: Write, access: Access, id: string, expected: ExpectedVersion = null): Promise<void> {
    const secret = await this.lockRow(write.manager, access, id);
    assertVersion(secret.version, expected);
    const found = await Promise.all(this.finders.map((finder) => finder(write.manager, id)));
    const dependants = found.flat();
    if (dependants.length > 0) throw secretErrors.in_use({ dependants });
    await this.delete(write.manager, id);
    write.audit({
      action: 'secret.deleted',
      target: targetOf(secret),
      projectId: secret.projectId,
      before: { name: secret.name },
    });
    write.changed('secret', id);
  }

  /** The plaintext, for the data plane. Not audited: uses are counted. */
  async open(id: string): Promise<OpenedSecret> {
    return (await this.openMany([id])).get(id) ?? MISSING;
  }

  /** Opens many with one query of `manager`; ids that don't exist are absent from the answer. */
  async openMany(ids: readonly string[], manager = this.secrets.manager): Promise<Map<string, OpenedSecret>> {
    const rows = await manager.find(Secret, { where: { id: In([...ids]) }, select: WITH_ENVELOPE });
    // Rotated between our last look and this read: catch up, then look at the rows with the new key.
    if (rows.some(({ keyVersion }) => !this.vault.findKey(keyVersion))) await this.vault.refresh();
    return new Map(rows.map((row) => [row.id, this.openRow(row)]));
  }

  /** Adds to the use counts, by secret id. */
  async countUses(uses: ReadonlyMap<string, number>): Promise<void> {
    if (uses.size === 0) return;
    await this.secrets.query(
      `with used as (select * from unnest($1::uuid[], $2::bigint[]) as used (id, count)),
            counted as (update secret set use_count = use_count + used.count, last_used_at = now()
                        from used where secret.id = used.id)
       update vault_state set active_at = now()`,
      [[...uses.keys()], [...uses.values()]],
    );
  }

  private openRow(row: Secret): OpenedSecret {
    const key = this.vault.findKey(row.keyVersion);
    if (!key) return LOCKED;
    try {
      return { kind: 'present', value: this.openWith(key, row) };
    } catch (error) {
      if (!(error instanceof BrokenSealError)) throw error;
      this.logger.error(`Secret ${row.id} does not open: its row was altered or moved.`);
      return MISSING;
    }
  }

  private openWith(key: KeyEncryptionKey, row: Secret): string {
    return openSecret(key, row, row);
  }

  /** The key to seal with, kept in force until the transaction ends: a rotation waits for it. */
  private async keyForWriting(manager: EntityManager): Promise<KeyEncryptionKey> {
    const row = await readVault(manager, 'share');
    if (row.isLocked) throw vaultErrors.locked();
    if (this.vault.key().version !== row.key?.version) await this.vault.refresh(); // we waited for a rotation
    const held = this.vault.key();
    if (held.version !== row.key?.version) throw vaultErrors.rotated();
    return held;
  }

  private async lockRow(manager: EntityManager, access: Access, id: string): Promise<Secret> {
    const secret = await manager.findOne(Secret, {
      where: { id, ...reachable(access) },
      select: WITH_ENVELOPE,
      lock: { mode: 'pessimistic_write' },
    });
    if (!secret) throw secretErrors.not_found({ id });
    return secret;
  }

  private async insert(manager: EntityManager, row: Omit<Secret, 'createdAt' | 'updatedAt'>): Promise<void> {
    await manager.insert(Secret, row).catch((error: unknown) => refuseTakenName(error, row.name));
  }

  private async reseal(manager: EntityManager, { id, name, version }: Secret, envelope: Envelope): Promise<void> {
    await manager
      .update(Secret, { id }, { ...envelope, name, version: version + 1 })
      .catch((error: unknown) => refuseTakenName(error, name));
  }

  private async delete(manager: EntityManager, id: string): Promise<void> {
    try {
      await manager.delete(Secret, { id });
    } catch (error) {
      // Something came to need it between the look and the delete, or never registered: the foreign key knows.
      if (isForeignKey(error)) throw secretErrors.in_use({ dependants: [] }, { cause: error });
      throw error;
    }
  }
}

const WITH_ENVELOPE: Record<keyof Secret, true> = {
  id: true,
  tenantId: true,
  projectId: true,
  name: true,
  ciphertext: true,
  wrappedKey: true,
  keyVersion: true,
  useCount: true,
  lastUsedAt: true,
  version: true,
  createdAt: true,
  updatedAt: true,
};

function targetOf({ id, name }: { id: string; name: string }) {
  return { kind: 'secret', id, label: name };
}

function refuseTakenName(error: unknown, name: string): never {
  if (isUniqueViolation(error, 'secret_name_key')) throw secretErrors.name_taken({ name }, { cause: error });
  throw error;
}

function isForeignKey(error: unknown): boolean {
  return error instanceof QueryFailedError && (error.driverError as { code?: string }).code === FOREIGN_KEY_VIOLATION;
}
