import { Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { CurrentSnapshot } from '../../snapshot/current-snapshot.js';
import { CurrentHealth } from '../../snapshot/health/current-health.js';
import type { HealthChange } from '../../snapshot/health/target-health.js';

const FORGET_MS = 60_000;

/** Logs what this process finds out about targets, and lets go of those that are no longer configured. */
@Injectable()
export class HealthUpkeep implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger('TargetHealth');
  private unsubscribe: (() => void) | undefined;

  constructor(
    private readonly snapshot: CurrentSnapshot,
    private readonly health: CurrentHealth,
  ) {}

  onApplicationBootstrap(): void {
    this.unsubscribe = this.health.onChange((change) => this.log(change));
  }

  onApplicationShutdown(): void {
    this.unsubscribe?.();
  }

  @Interval(FORGET_MS)
  protected forgetGone(): void {
    if (!this.snapshot.isReady) return;
    const { models } = this.snapshot.get();
    for (const { modelId, inFlight } of this.health.all()) {
      if (inFlight === 0 && !models.get(modelId)) this.health.forget(modelId);
    }
  }

  /** An outage is for somebody to look at; the rest is for who looks at it. */
  private log({ target, from, to }: HealthChange): void {
    const { models, providers } = this.snapshot.get();
    const names = [providers.get(target.providerId)?.name, models.get(target.modelId)?.name ?? target.modelId];
    const { reason } = target.stored;
    const text = `${names.filter(Boolean).join('/')} went from ${from} to ${to}${reason === null ? '' : ` (${reason})`}`;
    if (to === 'open' && target.isDown) this.logger.warn(text);
    else this.logger.log(text);
  }
}
