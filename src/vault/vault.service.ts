import { Injectable, Logger, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { setTimeout as sleep } from 'node:timers/promises';
import { DataSource } from 'typeorm';
import { StartError } from '../common/errors/start-error.js';
import { ChangeFeed } from '../database/change-feed.js';
import { HeldKeys } from './held-keys.js';
import { KeyEncryptionKey } from './key-encryption-key.js';
import { MasterKeySource } from './master-key.js';
import { SiblingKeys } from './sibling-keys.js';
import { insertKey, readVault, type VaultKeyRow } from './vault-rows.js';
import { vaultErrors } from './vault.errors.js';

/** `empty`: a password vault that was never initialised. */
export type VaultState = 'empty' | 'locked' | 'unlocked';

/** Why this process is locked: all are (`locked`), or it alone lacks what opens the vault. */
export type LockReason = 'locked' | 'password_needed' | 'master_key_unknown';

const SIBLING_WAIT_MS = 1000;
const SIBLING_POLL_MS = 50;

/**
 * The vault as this process has it: its state, and the key while it is unlocked. The state is a row that all processes
 * share; each follows it through the change feed and wipes its key when the vault is locked or the key is superseded.
 */
@Injectable()
export class Vault implements OnModuleInit, OnModuleDestroy {
  private readonly logger = new Logger(Vault.name);
  private readonly listeners = new Set<(state: VaultState) => void>();
  private current: VaultState = 'locked';
  private reason: LockReason | null = 'locked';
  private readonly keys = new HeldKeys();
  private announced = 0;
  private offered: KeyEncryptionKey[] = [];
  private refreshing: Promise<void> = Promise.resolve();
  private isRefreshQueued = false;
  private unsubscribe: (() => void) | undefined;

  constructor(
    private readonly database: DataSource,
    private readonly feed: ChangeFeed,
    private readonly siblings: SiblingKeys,
    private readonly source: MasterKeySource,
  ) {}

  /** Opens the vault with the configured master key. Throws, so that the server does not start, when it is another's. */
  async onModuleInit(): Promise<void> {
    this.siblings.listen({ offered: (key) => void this.offer(key), held: () => this.keys.inForce });
    await this.initialiseFromMasterKey();
    await this.refresh();
    if (this.reason !== null && this.reason !== 'locked') await this.askSiblings();
    this.assertOpenable();
    this.unsubscribe = this.feed.subscribe(() => this.refreshInBackground());
  }

  onModuleDestroy(): void {
    this.unsubscribe?.();
    this.siblings.stop();
    this.keys.wipe();
    for (const key of this.offered) key.wipe();
  }

  state(): VaultState {
    return this.current;
  }

  /** Why it is locked here; `null` when it is not. */
  lockReason(): LockReason | null {
    return this.reason;
  }

  /** Calls `listener` with each new state, and again when the key was rotated, until the returned function is called. */
  onStateChange(listener: (state: VaultState) => void): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  /** The key in force. Throws `vault.locked`. Use it at once: it is wiped when the vault locks. */
  key(): KeyEncryptionKey {
    const { inForce } = this.keys;
    if (!inForce) throw vaultErrors.locked();
    return inForce;
  }

  /** The key of that version, `null` when this process does not hold it. One that was just rotated away still counts. */
  findKey(version: number): KeyEncryptionKey | null {
    return this.keys.find(version);
  }

  /** Puts a key forward; it is taken if the database says that it is the one in force. Then siblings get it too. */
  async offer(key: KeyEncryptionKey, { share = false } = {}): Promise<void> {
    this.offered.push(key);
    await this.refresh();
    if (share && this.keys.inForce) this.siblings.offer(this.keys.inForce);
  }

  /** Reads the shared state and follows it. One at a time, in order. */
  refresh(): Promise<void> {
    const next = this.refreshing.then(() => this.follow());
    this.refreshing = next.catch(() => undefined);
    return next;
  }

  private refreshInBackground(): void {
    if (this.isRefreshQueued) return;
    this.isRefreshQueued = true;
    this.refresh()
      .catch((error: unknown) => this.logger.debug(`The vault's state can't be read now: ${String(error)}`))
      .finally(() => (this.isRefreshQueued = false));
  }

  private async follow(): Promise<void> {
    // Before the row is read: a key offered meanwhile belongs to a newer row, which its own refresh reads.
    const offered = this.offered.splice(0);
    try {
      const row = await readVault(this.database.manager);
      if (!row.key) this.become('empty', null);
      else if (row.isLocked) this.become('locked', 'locked');
      else await this.open(row.key, offered);
    } finally {
      for (const key of offered) key.wipe();
    }
  }

  private async open(row: VaultKeyRow, offered: readonly KeyEncryptionKey[]): Promise<void> {
    const match = this.holds(row) ? this.keys.inForce : await this.findMatch(row, offered);
    if (!match) return this.become('locked', row.kind === 'password' ? 'password_needed' : 'master_key_unknown');
    if (match !== this.keys.inForce) this.keys.take(match);
    this.become('unlocked', null);
  }

  private holds({ version, verifier }: VaultKeyRow): boolean {
    const { inForce } = this.keys;
    return inForce?.version === version && inForce.matches(verifier);
  }

  private async findMatch(row: VaultKeyRow, offered: readonly KeyEncryptionKey[]): Promise<KeyEncryptionKey | null> {
    const candidates = [...offered.map((key) => key.copy()), ...(await this.configuredKeys(row))];
    const match = candidates.find((key) => key.version === row.version && key.matches(row.verifier)) ?? null;
    for (const key of candidates) if (key !== match) key.wipe();
    return match;
  }

  /** The keys that the configuration gives for this version; none for a password vault. */
  async configuredKeys({ kind, version }: Pick<VaultKeyRow, 'kind' | 'version'>): Promise<KeyEncryptionKey[]> {
    if (kind !== 'master-key') return [];
    const roots = await this.source.read().catch((error: unknown) => {
      this.logger.warn(`The master key can't be read from ${this.source.label}: ${String(error)}`);
      return [];
    });
    return roots.map((root) => KeyEncryptionKey.fromRoot(root, version));
  }

  private become(state: VaultState, reason: LockReason | null): void {
    if (state !== 'unlocked') this.keys.wipe();
    const version = this.keys.inForce?.version ?? 0;
    const isNewReason = state !== this.current || reason !== this.reason;
    const isNews = state !== this.current || version !== this.announced;
    this.current = state;
    this.reason = reason;
    this.announced = version;
    if (isNewReason)
      this.logger.log(reason === null ? `The vault is ${state}.` : `The vault is ${state}: ${REASONS[reason]}`);
    if (isNews) for (const listener of this.listeners) listener(state);
  }

  private async initialiseFromMasterKey(): Promise<void> {
    if (!this.source.isWanted) return;
    if ((await readVault(this.database.manager)).key) return;
    if (this.source.isGenerated) await this.source.generate();
    const [root] = await this.source.read().catch((error: unknown) => {
      throw new StartError(`The master key can't be read from ${this.source.label}: ${String(error)}`);
    });
    if (!root) throw new StartError(`There is no master key in ${this.source.label}.`);
    const key = KeyEncryptionKey.fromRoot(root, 1);
    await this.database.transaction(async (manager) => {
      const { key: existing } = await readVault(manager, 'update');
      if (existing) return; // another worker or replica was quicker
      await insertKey(manager, { version: 1, kind: 'master-key', salt: null, kdf: null, verifier: key.verifier() });
    });
    key.wipe();
  }

  private async askSiblings(): Promise<void> {
    if (!this.siblings.isInCluster) return;
    this.siblings.ask();
    for (let waited = 0; waited < SIBLING_WAIT_MS && !this.keys.inForce; waited += SIBLING_POLL_MS) {
      await sleep(SIBLING_POLL_MS);
    }
  }

  private assertOpenable(): void {
    if (this.reason === 'master_key_unknown') {
      throw new StartError(
        `The vault is sealed with another master key than the one in ${this.source.label}. ` +
          `Give the key it was sealed with; after a rotation that is the new one.`,
      );
    }
    if (this.reason === 'password_needed' && this.source.isWanted) {
      throw new StartError('The vault is opened by a password: set WAGGLE_VAULT=password.');
    }
  }
}

const REASONS: Record<LockReason, string> = {
  locked: 'it was locked for all processes.',
  password_needed: 'this process needs the password.',
  master_key_unknown: 'this process does not know the new master key.',
};
