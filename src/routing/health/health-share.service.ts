import { Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { DataSource } from 'typeorm';
import { WorkerIdentity } from '../../config/worker-identity.js';
import { ChangeFeed } from '../../database/change-feed.js';
import { CurrentHealth } from '../../snapshot/health/current-health.js';
import type { TargetHealth } from '../../snapshot/health/target-health.js';
import { HEALTH_CHANNEL, loadHealth, saveHealth, type HealthNews } from './health-rows.js';

/** Changes come in bursts: a provider's models fail together. */
const GATHER_MS = 20;
const RETRY_MS = 1000;
/** A notification can be lost with its connection. */
const RELOAD_MS = 10_000;

/**
 * Shares the health of targets between processes, and keeps it over restarts. The data plane only ever sees its own
 * memory: what it finds is written in the background, what others find is taken over as it comes.
 */
@Injectable()
export class HealthShare implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger(HealthShare.name);
  private readonly pending = new Set<TargetHealth>();
  private timer: NodeJS.Timeout | undefined;
  private turn: Promise<void> | undefined;
  private unsubscribe: (() => void) | undefined;
  private isStopped = false;

  constructor(
    private readonly database: DataSource,
    private readonly feed: ChangeFeed,
    private readonly worker: WorkerIdentity,
    private readonly health: CurrentHealth,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    await this.reload();
    this.unsubscribe = this.health.onChange(({ target }) => this.note(target));
    this.feed.listen(HEALTH_CHANNEL, (payload) => this.hear(payload));
  }

  /** What was found last is written before the connection closes. */
  async onApplicationShutdown(): Promise<void> {
    this.isStopped = true;
    this.unsubscribe?.();
    await this.turn;
    await this.flush();
  }

  /** Takes over what others found. */
  @Interval(RELOAD_MS)
  protected async reload(): Promise<void> {
    try {
      for (const row of await loadHealth(this.database)) this.health.target(row.providerId, row.modelId).hear(row);
    } catch (error) {
      this.logger.debug(`The health of targets is not known from Postgres: ${String(error)}`);
    }
  }

  private note(target: TargetHealth): void {
    this.pending.add(target);
    this.later(GATHER_MS);
  }

  private later(ms: number): void {
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      this.turn = this.flush().finally(() => (this.turn = undefined));
    }, ms).unref();
  }

  private async flush(): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    for (const target of this.pending) {
      this.pending.delete(target);
      const { modelId, providerId, stored } = target;
      try {
        await saveHealth(this.database, { ...stored, modelId, providerId, from: this.worker.instanceId });
      } catch (error) {
        this.logger.debug(`The health of a target waits for Postgres: ${String(error)}`);
        this.pending.add(target);
        if (!this.isStopped) this.later(RETRY_MS);
        return;
      }
    }
  }

  private hear(payload: string): void {
    const news = JSON.parse(payload) as HealthNews;
    if (news.from === this.worker.instanceId) return;
    this.health.target(news.providerId, news.modelId).hear(news);
  }
}
