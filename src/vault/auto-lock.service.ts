import { Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { systemAccess } from '../common/http/access.js';
import { Config } from '../config/config.js';
import { VaultControl } from './vault-control.service.js';
import { findRootTenantId } from './vault-rows.js';
import { Vault } from './vault.service.js';

const LONGEST_PAUSE_MS = 15_000;

/** Locks the vault after it was idle for the configured time; off by default. Uses by the relay keep it open. */
@Injectable()
export class AutoLock implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger(AutoLock.name);
  private timer: NodeJS.Timeout | undefined;

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

  onApplicationBootstrap(): void {
    const seconds = this.afterSeconds;
    if (seconds === 0) return;
    const pause = Math.min(LONGEST_PAUSE_MS, (seconds * 1000) / 2);
    this.timer = setInterval(() => {
      this.lockIfIdle(seconds).catch((error: unknown) => this.logger.warn(`Auto-lock must wait: ${String(error)}`));
    }, pause);
  }

  onModuleDestroy(): void {
    clearInterval(this.timer);
  }

  private async lockIfIdle(seconds: number): Promise<void> {
    if (this.vault.state() !== 'unlocked') return;
    const tenantId = await findRootTenantId(this.database.manager);
    if (tenantId) await this.control.lockIfIdle(systemAccess(tenantId, 'auto-lock'), seconds);
  }
}
