import { Injectable, Logger, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { createHmac, randomBytes } from 'node:crypto';
import { DataSource } from 'typeorm';
import { BrokenSealError, decrypt, encrypt, type Binding } from './cipher.js';
import { createSealingKey, readSealingKeys, unwrapSealingKey, type SealingKeyRow } from './sealing-keys.js';
import { readVault } from './vault-rows.js';
import { vaultErrors } from './vault.errors.js';
import { Vault } from './vault.service.js';

/** What a blob belongs to: it opens only in the same context. */
export interface SealContext {
  readonly tenantId: string;
  /** What kind of blob it is: `payload`, `replay`. */
  readonly purpose: string;
  readonly id: string;
}

interface TenantKey {
  readonly id: string;
  readonly key: Buffer;
}

const ID_BYTES = 16;
const SALT_BYTES = 16;

/**
 * Seals small blobs (captured payloads, replayed answers) with a key of their tenant that is kept in memory while the
 * vault is unlocked. Each blob gets a key of its own from a random salt, so that no tenant's traffic wears its key out.
 */
@Injectable()
export class Sealer implements OnModuleInit, OnModuleDestroy {
  private readonly logger = new Logger(Sealer.name);
  private readonly inForce = new Map<string, TenantKey>();
  private readonly all = new Map<string, Buffer>();
  private unsubscribe: (() => void) | undefined;

  constructor(
    private readonly database: DataSource,
    private readonly vault: Vault,
  ) {}

  async onModuleInit(): Promise<void> {
    this.unsubscribe = this.vault.onStateChange((state) => {
      if (state === 'unlocked') void this.loadAll().catch((error: unknown) => this.logger.warn(error));
      else this.forget();
    });
    if (this.vault.state() === 'unlocked') await this.loadAll();
  }

  onModuleDestroy(): void {
    this.unsubscribe?.();
    this.forget();
  }

  /** Whether `seal` works for this tenant now, without waiting. */
  isReady(tenantId: string): boolean {
    return this.inForce.has(tenantId);
  }

  /** Makes or loads the tenant's key. Returns `false` while the vault is locked. */
  async prepare(tenantId: string): Promise<boolean> {
    if (this.isReady(tenantId)) return true;
    if (this.vault.state() !== 'unlocked') return false;
    await this.database.transaction(async (manager) => {
      const { isLocked, key } = await readVault(manager, 'share');
      const held = key && this.vault.findKey(key.version);
      if (held && !isLocked) await createSealingKey(manager, held, tenantId);
    });
    await this.load(tenantId);
    return this.isReady(tenantId);
  }

  /** Throws `vault.locked` unless `isReady`. */
  seal(context: SealContext, plaintext: Uint8Array): Buffer {
    const current = this.inForce.get(context.tenantId);
    if (!current) throw vaultErrors.locked();
    const salt = randomBytes(SALT_BYTES);
    const sealed = encrypt(blobKey(current.key, salt), plaintext, bindingOf(context));
    return Buffer.concat([Buffer.from(current.id.replaceAll('-', ''), 'hex'), salt, sealed]);
  }

  /** Throws `vault.locked`; `BrokenSealError` when it was altered or belongs to another context. */
  async open(context: SealContext, sealed: Uint8Array): Promise<Buffer> {
    if (sealed.length < ID_BYTES + SALT_BYTES) throw new BrokenSealError();
    const id = Buffer.from(sealed.subarray(0, ID_BYTES)).toString('hex');
    const key = await this.find(id, context.tenantId);
    const salt = sealed.subarray(ID_BYTES, ID_BYTES + SALT_BYTES);
    return decrypt(blobKey(key, salt), sealed.subarray(ID_BYTES + SALT_BYTES), bindingOf(context));
  }

  private async find(id: string, tenantId: string): Promise<Buffer> {
    if (!this.all.has(id)) await this.load(tenantId);
    const key = this.all.get(id);
    if (key) return key;
    throw this.vault.state() === 'unlocked' ? new BrokenSealError() : vaultErrors.locked();
  }

  /** All tenants', and a new key for each whose keys are all retired, so that `seal` goes on without waiting. */
  private async loadAll(): Promise<void> {
    const rows = await readSealingKeys(this.database.manager);
    rows.forEach((row) => this.take(row));
    for (const tenantId of new Set(rows.map((row) => row.tenantId))) await this.prepare(tenantId);
  }

  private async load(tenantId: string): Promise<void> {
    for (const row of await readSealingKeys(this.database.manager, tenantId)) this.take(row);
  }

  private take(row: SealingKeyRow): void {
    const key = this.vault.findKey(row.keyVersion); // null as well when it was locked while we read
    const id = row.id.replaceAll('-', '');
    if (!key) return;
    if (!this.all.has(id)) this.all.set(id, unwrapSealingKey(key, row));
    const dataKey = this.all.get(id);
    if (!row.isRetired && dataKey) this.inForce.set(row.tenantId, { id: row.id, key: dataKey });
    else if (this.inForce.get(row.tenantId)?.id === row.id) this.inForce.delete(row.tenantId);
  }

  private forget(): void {
    for (const key of this.all.values()) key.fill(0);
    this.all.clear();
    this.inForce.clear();
  }
}

function blobKey(tenantKey: Buffer, salt: Uint8Array): Buffer {
  return createHmac('sha256', tenantKey).update(salt).digest();
}

function bindingOf({ tenantId, purpose, id }: SealContext): Binding {
  return ['blob', tenantId, purpose, id];
}
