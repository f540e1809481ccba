import { Injectable, Logger } from '@nestjs/common';
import { Writes } from '../audit/writes.service.js';
import type { Access } from '../common/http/access.js';
import { auditFailure } from './audit-failure.js';
import { KeyEncryptionKey } from './key-encryption-key.js';
import { MasterKeySource, parseMasterKey } from './master-key.js';
import { KDF, keyFromPassword, newSalt } from './password-key.js';
import { rotate, type NextKey } from './rotation.js';
import { VaultControl } from './vault-control.service.js';
import { VAULT_ID, VAULT_TARGET, type VaultKeyRow } from './vault-rows.js';
import { vaultErrors } from './vault.errors.js';
import { Vault } from './vault.service.js';

/** How to rotate: to a new master key, to a new password, or with the one that there is. */
export interface RotationInput {
  readonly masterKey?: string;
  readonly password?: string;
  /** Needed when a password opens the vault now. */
  readonly currentPassword?: string;
  /** Also gives every secret a fresh data key. */
  readonly reencrypt?: boolean;
}

/** Puts a new key in force in one transaction. This process takes it only once that is committed. */
@Injectable()
export class VaultRotation {
  private readonly logger = new Logger(VaultRotation.name);

  constructor(
    private readonly writes: Writes,
    private readonly vault: Vault,
    private readonly control: VaultControl,
    private readonly source: MasterKeySource,
  ) {}

  /** Returns how many secrets were moved. Throws `vault.locked`, `vault.wrong_password`, `vault.secret_broken`. */
  rotate(access: Access, input: RotationInput): Promise<number> {
    return auditFailure({ writes: this.writes, access, action: 'vault.rotate_refused' }, async () => {
      const from = this.vault.key();
      const row = await this.control.keyRow();
      if (row.kind === 'password') await this.proveCurrent(row, input);
      const next = await this.nextKey(row, input);
      try {
        return await this.commit(access, { from, next, input });
      } finally {
        // The database says which key is in force, also when the answer to the commit was lost.
        await this.settle(next).catch((error: unknown) => this.logger.error(error));
      }
    });
  }

  private commit(
    access: Access,
    { from, next, input }: { from: KeyEncryptionKey; next: NextKey; input: RotationInput },
  ): Promise<number> {
    return this.writes.run(access, async (write) => {
      const isReencrypting = input.reencrypt ?? false;
      const secrets = await rotate(write.manager, { from, next, isReencrypting });
      if (input.masterKey !== undefined) await this.source.stage(parseMasterKey(input.masterKey));
      const { kind, version } = next.row;
      write.audit({
        action: 'vault.rotated',
        target: VAULT_TARGET,
        before: { version: from.version },
        after: { version, kind, secrets, isReencrypting },
      });
      write.changed('vault', VAULT_ID);
      return secrets;
    });
  }

  private async settle({ key }: NextKey): Promise<void> {
    await this.vault.offer(key, { share: true });
    await this.control.withKeyRow(({ version, kind, verifier }) =>
      this.source.keepOnly(
        (root) => kind === 'master-key' && KeyEncryptionKey.fromRoot(root, version).matches(verifier),
      ),
    );
  }

  private async proveCurrent(row: VaultKeyRow, { currentPassword }: RotationInput): Promise<void> {
    if (currentPassword === undefined) throw vaultErrors.current_password_needed();
    (await this.control.prove(row, { password: currentPassword })).wipe();
  }

  private async nextKey(row: VaultKeyRow, input: RotationInput): Promise<NextKey> {
    const version = row.version + 1;
    if (input.masterKey !== undefined && input.password !== undefined) throw vaultErrors.two_roots();
    if (input.masterKey !== undefined) {
      return masterKeyOf(KeyEncryptionKey.fromRoot(parseMasterKey(input.masterKey), version));
    }
    const password = input.password ?? (row.kind === 'password' ? input.currentPassword : undefined);
    if (password !== undefined) return passwordKeyOf(password, version);
    return masterKeyOf(await this.sameRoot(row, version));
  }

  private async sameRoot(row: VaultKeyRow, version: number): Promise<KeyEncryptionKey> {
    const [current, next] = [
      await this.vault.configuredKeys(row),
      await this.vault.configuredKeys({ ...row, version }),
    ];
    const key = next[current.findIndex((candidate) => candidate.matches(row.verifier))];
    if (!key) throw vaultErrors.master_key_needed();
    return key;
  }
}

function masterKeyOf(key: KeyEncryptionKey): NextKey {
  const { version } = key;
  return { key, row: { version, kind: 'master-key', salt: null, kdf: null, verifier: key.verifier() } };
}

async function passwordKeyOf(password: string, version: number): Promise<NextKey> {
  const salt = newSalt();
  const key = await keyFromPassword(password, { salt, kdf: KDF, version });
  return { key, row: { version, kind: 'password', salt, kdf: KDF, verifier: key.verifier() } };
}
