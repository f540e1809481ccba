import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Writes } from '../audit/writes.service.js';
import type { Access } from '../common/http/access.js';
import { auditFailure } from './audit-failure.js';
import { KeyEncryptionKey } from './key-encryption-key.js';
import { parseMasterKey } from './master-key.js';
import { KDF, keyFromPassword, newSalt } from './password-key.js';
import { UnlockAttempts } from './unlock-attempts.service.js';
import {
  idleSeconds,
  insertKey,
  readVault,
  setLocked,
  VAULT_ID,
  VAULT_TARGET,
  type VaultKeyRow,
  type VaultKind,
} from './vault-rows.js';
import { vaultErrors } from './vault.errors.js';
import { Vault, type LockReason, type VaultState } from './vault.service.js';

/** What a caller offers to open the vault; neither, and the configured master key is tried. */
export interface Credentials {
  readonly password?: string;
  readonly masterKey?: string;
}

/** The vault as one process has it, with what is known of the key in force. */
export interface VaultStatus {
  readonly state: VaultState;
  readonly lockReason: LockReason | null;
  readonly kind: VaultKind | null;
  readonly keyVersion: number | null;
  readonly keyCreatedAt: Date | null;
}

/** Thrown to roll back an automatic lock that came too late. */
class NotIdleError extends Error {}

/** What operators do with the vault as a whole. All processes follow; every success and failure is audited. */
@Injectable()
export class VaultControl {
  constructor(
    private readonly database: DataSource,
    private readonly writes: Writes,
    private readonly vault: Vault,
    private readonly attempts: UnlockAttempts,
  ) {}

  /** The vault as this process has it. */
  async status(): Promise<VaultStatus> {
    await this.vault.refresh();
    const { key } = await readVault(this.database.manager);
    return {
      state: this.vault.state(),
      lockReason: this.vault.lockReason(),
      kind: key?.kind ?? null,
      keyVersion: key?.version ?? null,
      keyCreatedAt: key?.createdAt ?? null,
    };
  }

  /** Gives a new password vault its password and unlocks it. Throws `vault.already_initialised`. */
  initialise(access: Access, password: string): Promise<void> {
    return auditFailure({ writes: this.writes, access, action: 'vault.initialise_refused' }, async () => {
      const [salt, version] = [newSalt(), 1];
      const key = await keyFromPassword(password, { salt, kdf: KDF, version });
      await this.writes.run(access, async (write) => {
        const { key: existing } = await readVault(write.manager, 'update');
        if (existing) throw vaultErrors.already_initialised();
        await insertKey(write.manager, { version, kind: 'password', salt, kdf: KDF, verifier: key.verifier() });
        await setLocked(write.manager, false);
        write.audit({ action: 'vault.initialised', target: VAULT_TARGET, after: { kind: 'password', version } });
        write.changed('vault', VAULT_ID);
      });
      await this.vault.offer(key, { share: true });
    });
  }

  /** Unlocks the vault for all processes of this machine, and for those elsewhere that know the key. */
  unlock(access: Access, credentials: Credentials): Promise<void> {
    return auditFailure({ writes: this.writes, access, action: 'vault.unlock_refused' }, async () => {
      const row = await this.keyRow();
      const key = await this.prove(row, credentials);
      await this.writes.run(access, async (write) => {
        const { key: current } = await readVault(write.manager, 'update');
        if (current?.version !== row.version) throw vaultErrors.rotated();
        await setLocked(write.manager, false);
        write.audit({ action: 'vault.unlocked', target: VAULT_TARGET });
        write.changed('vault', VAULT_ID);
      });
      await this.vault.offer(key, { share: true });
    });
  }

  /** Locks the vault everywhere: all processes wipe their keys and opened values. */
  lock(access: Access): Promise<void> {
    return auditFailure({ writes: this.writes, access, action: 'vault.lock_refused' }, async () => {
      await this.writes.run(access, async (write) => {
        const { key } = await readVault(write.manager, 'update');
        if (!key) throw vaultErrors.not_initialised();
        await setLocked(write.manager, true);
        write.audit({ action: 'vault.locked', target: VAULT_TARGET, after: { reason: 'asked' } });
        write.changed('vault', VAULT_ID);
      });
      await this.vault.refresh();
    });
  }

  /** Locks it when nothing was used, written or unlocked for that long. Returns whether it did. */
  async lockIfIdle(access: Access, afterSeconds: number): Promise<boolean> {
    try {
      await this.writes.run(access, async (write) => {
        const { isLocked, key } = await readVault(write.manager, 'update');
        if (isLocked || !key || (await idleSeconds(write.manager)) < afterSeconds) throw new NotIdleError();
        await setLocked(write.manager, true);
        write.audit({ action: 'vault.locked', target: VAULT_TARGET, after: { reason: 'idle', afterSeconds } });
        write.changed('vault', VAULT_ID);
      });
    } catch (error) {
      if (error instanceof NotIdleError) return false;
      throw error;
    }
    await this.vault.refresh();
    return true;
  }

  /** The key in force, which `credentials` must open. Counted and slowed down. */
  prove(row: VaultKeyRow, credentials: Credentials): Promise<KeyEncryptionKey> {
    if (row.kind === 'password') {
      const { password } = credentials;
      if (password === undefined) throw vaultErrors.password_needed();
      return this.attempts.check(() => fromPassword(row, password), vaultErrors.wrong_password);
    }
    return this.attempts.check(() => this.fromMasterKey(row, credentials.masterKey), vaultErrors.wrong_master_key);
  }

  /** What is known of the key in force. Throws `vault.not_initialised`. */
  async keyRow(): Promise<VaultKeyRow> {
    const { key } = await readVault(this.database.manager);
    if (!key) throw vaultErrors.not_initialised();
    return key;
  }

  /** Runs `work` while nobody can put another key in force. */
  withKeyRow<T>(work: (row: VaultKeyRow) => Promise<T>): Promise<T> {
    return this.database.transaction(async (manager) => {
      const { key } = await readVault(manager, 'update');
      if (!key) throw vaultErrors.not_initialised();
      return work(key);
    });
  }

  private async fromMasterKey(row: VaultKeyRow, given?: string): Promise<KeyEncryptionKey | null> {
    const candidates =
      given === undefined
        ? await this.vault.configuredKeys(row)
        : [KeyEncryptionKey.fromRoot(parseMasterKey(given), row.version)];
    return candidates.find((key) => key.matches(row.verifier)) ?? null;
  }
}

async function fromPassword(row: VaultKeyRow, password: string): Promise<KeyEncryptionKey | null> {
  const { salt, kdf, version } = row;
  if (!salt || !kdf) throw new Error('The key of a password vault has its salt and parameters.');
  const key = await keyFromPassword(password, { salt, kdf, version });
  return key.matches(row.verifier) ? key : null;
}
