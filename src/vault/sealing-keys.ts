import { randomBytes } from 'node:crypto';
import type { EntityManager } from 'typeorm';
import { newId } from '../common/ids.js';
import { KEY_BYTES, type Binding } from './cipher.js';
import type { KeyEncryptionKey } from './key-encryption-key.js';

/** A tenant's key for small blobs, as it is stored. Retired ones still open what they sealed. */
export interface SealingKeyRow {
  readonly id: string;
  readonly tenantId: string;
  readonly wrappedKey: Buffer;
  readonly keyVersion: number;
  readonly isRetired: boolean;
}

/** The keys of one tenant, or of all. */
export function readSealingKeys(manager: EntityManager, tenantId: string | null = null): Promise<SealingKeyRow[]> {
  return manager.query(
    `select id, tenant_id as "tenantId", wrapped_key as "wrappedKey", key_version as "keyVersion",
       retired_at is not null as "isRetired"
     from vault_sealing_key where $1::uuid is null or tenant_id = $1`,
    [tenantId],
  );
}

/** Makes the tenant's key unless it has one. */
export async function createSealingKey(manager: EntityManager, key: KeyEncryptionKey, tenantId: string): Promise<void> {
  const id = newId();
  const dataKey = randomBytes(KEY_BYTES);
  const wrapped = key.wrap(dataKey, bindingOf({ id, tenantId }));
  dataKey.fill(0);
  await manager.query(
    `insert into vault_sealing_key (id, tenant_id, wrapped_key, key_version) values ($1, $2, $3, $4)
     on conflict (tenant_id) where retired_at is null do nothing`,
    [id, tenantId, wrapped, key.version],
  );
}

/** Throws `BrokenSealError`. */
export function unwrapSealingKey(key: KeyEncryptionKey, row: SealingKeyRow): Buffer {
  return key.unwrap(row.wrappedKey, bindingOf(row));
}

/** Wraps all of them with the next key; `isRetiring` also has each tenant begin a new one with its next blob. */
export async function rewrapSealingKeys(
  manager: EntityManager,
  { from, to, isRetiring }: { from: KeyEncryptionKey; to: KeyEncryptionKey; isRetiring: boolean },
): Promise<void> {
  for (const row of await readSealingKeys(manager)) {
    const dataKey = unwrapSealingKey(from, row);
    await manager.query(`update vault_sealing_key set wrapped_key = $2, key_version = $3 where id = $1`, [
      row.id,
      to.wrap(dataKey, bindingOf(row)),
      to.version,
    ]);
    dataKey.fill(0);
  }
  if (isRetiring) await manager.query(`update vault_sealing_key set retired_at = now() where retired_at is null`);
}

function bindingOf({ id, tenantId }: Pick<SealingKeyRow, 'id' | 'tenantId'>): Binding {
  return ['sealing key', id, tenantId];
}
