import type { EntityManager } from 'typeorm';
import type { KdfParameters } from './password-key.js';

/** The id under which changes of the vault are announced and audited; there is one vault in an installation. */
export const VAULT_ID = '00000000-0000-7000-8000-0000000a0175';

/** What the vault's own events are audited about. */
export const VAULT_TARGET = { kind: 'vault', id: VAULT_ID, label: 'vault' };

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
  /** How long no attempt to unlock is let through, in seconds; 0 when one is. */
  readonly blockedSeconds: number;
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
    `select is_locked as "isLocked", failed_unlocks as "failedUnlocks",
       greatest(0, ceil(extract(epoch from coalesce(blocked_until, now()) - now())))::integer as "blockedSeconds"
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

/** Locks or unlocks the vault for all processes; each follows by itself. */
export async function setLocked(manager: EntityManager, isLocked: boolean): Promise<void> {
  await manager.query(`update vault_state set is_locked = $1, active_at = now()`, [isLocked]);
}

/** Counts a wrong attempt and returns how many there were since the last right one. */
export async function countFailedUnlock(manager: EntityManager): Promise<number> {
  const [{ failures }] = await manager.query<[{ failures: number }]>(
    `select failed_unlocks + 1 as failures from vault_state for update`,
  );
  await manager.query(`update vault_state set failed_unlocks = $1, blocked_until = now() + make_interval(secs => $2)`, [
    failures,
    waitAfter(failures),
  ]);
  return failures;
}

/** Forgets the wrong attempts after a right one. */
export async function clearFailedUnlocks(manager: EntityManager): Promise<void> {
  await manager.query(`update vault_state set failed_unlocks = 0, blocked_until = null where failed_unlocks > 0`);
}

/** Seconds since a secret was last used, written or the vault unlocked. */
export async function idleSeconds(manager: EntityManager): Promise<number> {
  const [{ seconds }] = await manager.query<[{ seconds: number }]>(
    `select extract(epoch from now() - greatest(active_at, (select max(updated_at) from secret)))::double precision
       as seconds
     from vault_state`,
  );
  return seconds;
}

/** A few typing mistakes cost nothing; then each doubles the wait, up to a quarter of an hour. */
export function waitAfter(failures: number): number {
  const FREE = 4;
  return failures <= FREE ? 0 : Math.min(5 * 2 ** (failures - FREE - 1), 900);
}

/** The tenant that the installation's own events are audited in, `null` before bootstrap. */
export async function findRootTenantId(manager: EntityManager): Promise<string | null> {
  // Plain SQL: the room that owns tenants stands above this one.
  const [root] = await manager.query<{ id: string }[]>(`select id from tenant where is_root`);
  return root?.id ?? null;
}
