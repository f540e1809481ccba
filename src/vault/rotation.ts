import type { EntityManager } from 'typeorm';
import { BrokenSealError } from './cipher.js';
import { openSecret, rewrapSecret, sealSecret, type Envelope, type SecretIdentity } from './envelope.js';
import type { KeyEncryptionKey } from './key-encryption-key.js';
import { rewrapSealingKeys } from './sealing-keys.js';
import { insertKey, readVault, type VaultKeyRow } from './vault-rows.js';
import { vaultErrors } from './vault.errors.js';

const BATCH = 500;

/** A key that is to be put in force. */
export interface NextKey {
  readonly key: KeyEncryptionKey;
  readonly row: Omit<VaultKeyRow, 'createdAt'>;
}

export interface RotationPlan {
  readonly from: KeyEncryptionKey;
  readonly next: NextKey;
  /** Gives every secret a fresh data key instead of wrapping the one it has. */
  readonly isReencrypting: boolean;
}

type SealedRow = SecretIdentity & Envelope;
type Reseal = (row: SealedRow) => Envelope;

/**
 * Moves every secret to the next key, within the caller's transaction: either all of them move or none. Writers of
 * secrets wait for it. Returns how many secrets there were.
 */
export async function rotate(manager: EntityManager, plan: RotationPlan): Promise<number> {
  const { isLocked, key } = await readVault(manager, 'update');
  if (isLocked) throw vaultErrors.locked();
  if (key?.version !== plan.from.version) throw vaultErrors.rotated();
  await insertKey(manager, plan.next.row);
  const to = plan.next.key;
  await rewrapSealingKeys(manager, { from: plan.from, to, isRetiring: plan.isReencrypting });
  return resealSecrets(manager, resealer(plan, to));
}

function resealer({ from, isReencrypting }: RotationPlan, to: KeyEncryptionKey): Reseal {
  if (isReencrypting) return (row) => sealSecret(to, row, openSecret(from, row, row));
  return (row) => rewrapSecret({ from, to }, row, row);
}

async function resealSecrets(manager: EntityManager, reseal: Reseal): Promise<number> {
  let count = 0;
  let last: string | null = null;
  for (;;) {
    const rows: SealedRow[] = await readBatch(manager, last);
    await writeBatch(manager, rows, rows.map(refusingBroken(reseal)));
    count += rows.length;
    last = rows.at(-1)?.id ?? null;
    if (rows.length < BATCH) return count;
  }
}

function refusingBroken(reseal: Reseal): Reseal {
  return (row) => {
    try {
      return reseal(row);
    } catch (error) {
      if (!(error instanceof BrokenSealError)) throw error;
      throw vaultErrors.secret_broken({ id: row.id, name: row.name }, { cause: error });
    }
  };
}

function readBatch(manager: EntityManager, after: string | null): Promise<SealedRow[]> {
  return manager.query(
    `select id, tenant_id as "tenantId", project_id as "projectId", name, ciphertext, wrapped_key as "wrappedKey",
       key_version as "keyVersion"
     from secret where $1::uuid is null or id > $1 order by id limit ${BATCH} for update`,
    [after],
  );
}

async function writeBatch(manager: EntityManager, rows: SealedRow[], sealed: readonly Envelope[]): Promise<void> {
  await manager.query(
    `update secret set ciphertext = moved.ciphertext, wrapped_key = moved.wrapped_key, key_version = moved.key_version
     from unnest($1::uuid[], $2::bytea[], $3::bytea[], $4::integer[])
       as moved (id, ciphertext, wrapped_key, key_version)
     where secret.id = moved.id`,
    [
      rows.map(({ id }) => id),
      sealed.map(({ ciphertext }) => ciphertext),
      sealed.map(({ wrappedKey }) => wrappedKey),
      sealed.map(({ keyVersion }) => keyVersion),
    ],
  );
}
