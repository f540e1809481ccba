import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { setTimeout as sleep } from 'node:timers/promises';
import { DataSource } from 'typeorm';
import { Writes } from '../audit/writes.service.js';
import type { Access } from '../common/http/access.js';
import { PayloadSeals } from '../snapshot/payload-seals.js';
import { BrokenSealError } from '../vault/cipher.js';
import { Sealer } from '../vault/sealer.service.js';
import { Conditions } from './conditions.js';
import type { PayloadView } from './request.dto.js';
import { usageErrors } from './usage.errors.js';

/** What the relay sealed a capture for: the purpose is part of what it opens with. */
const PAYLOAD_PURPOSE = 'payload';
/** The first calls of a tenant wait for its key no longer than this: their answers end with it. */
const MAX_WAIT_MS = 1000;

/** Captured requests and answers, sealed for their tenant and kept for as long as their project says. */
@Injectable()
export class Payloads implements OnModuleInit {
  private readonly logger = new Logger(Payloads.name);
  /** Tenants whose key is being made or loaded; resolved when it is there, or has taken too long. */
  private readonly keysToCome = new Map<string, Promise<void>>();

  constructor(
    private readonly database: DataSource,
    private readonly sealer: Sealer,
    private readonly writes: Writes,
    private readonly seals: PayloadSeals,
  ) {}

  /** From now on the relay can seal, without knowing the vault. */
  onModuleInit(): void {
    this.seals.set({
      prepare: (tenantId) => this.prepare(tenantId),
      seal: (tenantId, id, plaintext) => {
        const sealNow = (): string | undefined => this.sealIfReady(tenantId, id, plaintext);
        const key = this.keysToCome.get(tenantId);
        return key && !this.sealer.isReady(tenantId) ? key.then(sealNow) : sealNow();
      },
    });
  }

  /** Opens one; that it was read is audited first. Throws `usage.payload_not_found`, `vault.locked`. */
  async open(access: Access, requestId: string): Promise<PayloadView> {
    const where = Conditions.reachedBy(access).add(requestId, (id) => `request_id = ${id}`);
    const [row] = await this.database.query<{ project_id: string; ciphertext: string }[]>(
      `select project_id, ciphertext from request_payload where ${where.sql} and expires_at > now()`,
      where.parameters,
    );
    if (!row) throw usageErrors.payload_not_found({ id: requestId });
    const payload = await this.unseal(access.tenantId, requestId, row.ciphertext);
    await this.writes.run(access, async (write) => {
      const target = { kind: 'request', id: requestId, label: requestId };
      write.audit({ action: 'payload.read', target, projectId: row.project_id });
    });
    return { requestId, payload };
  }

  /** Deletes those whose time is over; returns how many. */
  async deleteExpired(): Promise<number> {
    const deleted = await this.database.query<[unknown, number]>(
      `delete from request_payload where expires_at <= now()`,
    );
    return deleted[1];
  }

  private sealIfReady(tenantId: string, id: string, plaintext: Buffer): string | undefined {
    if (!this.sealer.isReady(tenantId)) return undefined;
    return this.sealer.seal({ tenantId, purpose: PAYLOAD_PURPOSE, id }, plaintext).toString('base64');
  }

  /** All calls of a tenant wait for one key, and none longer than until that is given up. */
  private prepare(tenantId: string): void {
    if (this.sealer.isReady(tenantId) || this.keysToCome.has(tenantId)) return;
    const key = this.sealer
      .prepare(tenantId)
      .catch((error: unknown) => this.logger.warn(`No capture for now: ${String(error)}`));
    const inTime = Promise.race([key, sleep(MAX_WAIT_MS, undefined, { ref: false })]).then(() => undefined);
    this.keysToCome.set(tenantId, inTime);
    void key.finally(() => this.keysToCome.delete(tenantId));
  }

  private async unseal(tenantId: string, id: string, ciphertext: string): Promise<unknown> {
    try {
      const context = { tenantId, purpose: PAYLOAD_PURPOSE, id };
      return JSON.parse((await this.sealer.open(context, Buffer.from(ciphertext, 'base64'))).toString());
    } catch (error) {
      if (error instanceof BrokenSealError) throw usageErrors.payload_broken({ id }, { cause: error });
      throw error;
    }
  }
}
