import { Injectable, Logger } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { DataSource } from 'typeorm';
import { systemAccess } from '../common/http/access.js';
import { Config } from '../config/config.js';
import { VaultControl } from './vault-control.service.js';
import { findRootTenantId } from './vault-rows.js';
import { Vault } from './vault.service.js';

const LOOK_MS = 1000;
const LONGEST_PAUSE_MS = 15_000;

/** Locks the vault after it was idle for the configured time; off by default. Uses by the relay keep it open. */
@Injectable()
export class AutoLock {
  private readonly logger = new Logger(AutoLock.name);
  private lastLookMs = performance.now();

  constructor(
    private readonly config: Config,
    private readonly database: DataSource,
    private readonly vault: Vault,
    private readonly control: VaultControl,
  ) {}

  /** `0` never. */
  get afterSeconds(): number {
    return this.config.vaultAutoLockSeconds;
  }

  /** Asks Postgres only as often as the configured time calls for. Never throws: the next look tries again. */
  @Interval(LOOK_MS)
  protected async lookAround(): Promise<void> {
    const seconds = this.afterSeconds;
    const pauseMs = Math.min(LONGEST_PAUSE_MS, (seconds * 1000) / 2);
    if (seconds === 0 || performance.now() - this.lastLookMs < pauseMs) return;
    this.lastLookMs = performance.now();
    await this.lockIfIdle(seconds).catch((error: unknown) => this.logger.warn(`Auto-lock must wait: ${String(error)}`));
  }

  private async lockIfIdle(seconds: number): Promise<void> {
    if (this.vault.state() !== 'unlocked') return;
    const tenantId = await findRootTenantId(this.database.manager);
    if (tenantId) await this.control.lockIfIdle(systemAccess(tenantId, 'auto-lock'), seconds);
  }
}
