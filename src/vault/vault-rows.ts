import type { EntityManager } from 'typeorm';
import type { KdfParameters } from './password-key.js';

/** The id under which changes of the vault are announced and audited; there is one vault in an installation. */
export const VAULT_ID = '00000000-0000-7000-8000-0000000a0175';

/** What opens the vault. */
export type VaultKind = 'master-key' | 'password';

/** What is known of the key in force: enough to recognise it, not to compute it. */
export interface VaultKeyRow {
  readonly version: number;
  readonly kind: VaultKind;
  readonly salt: Buffer | null;
  readonly kdf: KdfParameters | null;
  readonly verifier: Buffer;
  readonly createdAt: Date;
}

/** The state that all processes share. */
export interface VaultRow {
  readonly isLocked: boolean;
  readonly failedUnlocks: number;
  readonly blockedUntil: Date | null;
  readonly activeAt: Date;
  /** `null` until the vault was initialised. */
  readonly key: VaultKeyRow | null;
}

type Locking = 'none' | 'share' | 'update';

const LOCK_CLAUSE: Record<Locking, string> = { none: '', share: 'for share', update: 'for update' };

/**
 * Reads the vault's row and its key in force. Writers of secrets hold it in `share`, a rotation in `update`, so that no
 * secret is sealed with a key that is being replaced.
 */
export async function readVault(manager: EntityManager, lock: Locking = 'none'): Promise<VaultRow> {
  const [state] = await manager.query<[Omit<VaultRow, 'key'>]>(
    `select is_locked as "isLocked", failed_unlocks as "failedUnlocks", blocked_until as "blockedUntil",
       active_at as "activeAt"
     from vault_state ${LOCK_CLAUSE[lock]}`,
  );
  const [key = null] = await manager.query<VaultKeyRow[]>(
    `select version, kind, salt, kdf, verifier, created_at as "createdAt" from vault_key where retired_at is null`,
  );
  return { ...state, key };
}

/** Retires the key in force, if any, and puts this one in its place. */
export async function insertKey(manager: EntityManager, key: Omit<VaultKeyRow, 'createdAt'>): Promise<void> {
  await manager.query(`update vault_key set retired_at = now() where retired_at is null`);
  await manager.query(`insert into vault_key (version, kind, salt, kdf, verifier) values ($1, $2, $3, $4::jsonb, $5)`, [
    key.version,
    key.kind,
    key.salt,
    key.kdf && JSON.stringify(key.kdf),
    key.verifier,
  ]);
}

export async function setLocked(manager: EntityManager, isLocked: boolean): Promise<void> {
  await manager.query(
    `update vault_state set is_locked = $1, active_at = now(),
       failed_unlocks = case when $1 then failed_unlocks else 0 end,
       blocked_until = case when $1 then blocked_until end`,
    [isLocked],
  );
}

/** The next free version; retired keys keep theirs. */
export async function nextKeyVersion(manager: EntityManager): Promise<number> {
  const [{ version }] = await manager.query<[{ version: number }]>(
    `select coalesce(max(version), 0) + 1 as version from vault_key`,
  );
  return version;
}

/** The tenant that the installation's own events are audited in, `null` before bootstrap. */
export async function findRootTenantId(manager: EntityManager): Promise<string | null> {
  // Plain SQL: the room that owns tenants stands above this one.
  const [root] = await manager.query<{ id: string }[]>(`select id from tenant where is_root`);
  return root?.id ?? null;
}
