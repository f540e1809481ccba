import { Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { DataSource } from 'typeorm';
import { systemAccess } from '../common/http/access.js';
import { Leader } from '../database/leader.js';
import { CatalogueRefresh } from './catalogue-refresh.service.js';

const DAY_MS = 24 * 60 * 60 * 1000;
const LOOK_MS = 10 * 60 * 1000;
/** Installations that were started together don't ask together. */
const JITTER_MS = 60 * 60 * 1000;

/** Refreshes the catalogue about once a day when an address is configured, in the leading process alone. */
@Injectable()
export class CatalogueSchedule implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger(CatalogueSchedule.name);
  private readonly periodMs = DAY_MS + Math.random() * JITTER_MS;
  private unlisten: (() => void) | undefined;

  constructor(
    private readonly database: DataSource,
    private readonly leader: Leader,
    private readonly refresh: CatalogueRefresh,
  ) {}

  onApplicationBootstrap(): void {
    this.unlisten = this.leader.onElected(() => void this.lookAround());
  }

  onModuleDestroy(): void {
    this.unlisten?.();
  }

  /** Never throws: the catalogue in force goes on, and `GET /admin/v1/catalogue` shows what went wrong. */
  @Interval(LOOK_MS)
  protected async lookAround(): Promise<void> {
    if (this.refresh.address === null) return;
    try {
      if (!this.leader.isLeader || !(await this.isDue())) return;
      const [root] = await this.database.query<{ id: string }[]>(`select id from tenant where is_root`);
      if (root) await this.refresh.refresh(systemAccess(root.id, 'catalogue schedule'));
    } catch (error) {
      this.logger.warn(`The catalogue was not refreshed: ${String(error)}`);
    }
  }

  private async isDue(): Promise<boolean> {
    const { checkedAt } = await this.refresh.lastCheck();
    return checkedAt === null || Date.now() - checkedAt.getTime() > this.periodMs;
  }
}
