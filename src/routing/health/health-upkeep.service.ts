import { Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { CurrentSnapshot } from '../../snapshot/current-snapshot.js';
import { CurrentHealth } from '../../snapshot/health/current-health.js';
import type { Snapshot } from '../../snapshot/snapshot.js';
import type { HealthChange } from '../../snapshot/health/target-health.js';

const FORGET_MS = 60_000;
const NOTICE_MS = 500;

/**
 * Logs what this process finds out about targets, gives those of a changed provider a new chance, and lets go of those
 * that are no longer configured.
 */
@Injectable()
export class HealthUpkeep implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger('TargetHealth');
  private seen: Snapshot['providers'] | undefined;
  private readonly generations = new Map<string, number>();
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

  /** What was wrong with a provider may have been its address, or our patience. */
  @Interval(NOTICE_MS)
  protected noticeChanges(): void {
    const { providers } = this.snapshot.get();
    if (providers === this.seen) return; // a table that did not change is shared between snapshots
    this.seen = providers;
    const changed = new Set<string>();
    for (const { id, generation } of providers.values()) {
      const before = this.generations.get(id);
      if (before !== undefined && before !== generation) changed.add(id);
      if (before !== generation) this.generations.set(id, generation);
    }
    if (changed.size === 0) return;
    for (const target of this.health.all()) {
      if (target.isDown && changed.has(target.providerId)) target.close(Date.now());
    }
  }

  @Interval(FORGET_MS)
  protected forgetGone(): void {
    if (!this.snapshot.isReady) return;
    const { models, providers } = this.snapshot.get();
    for (const { modelId, inFlight } of this.health.all()) {
      if (inFlight === 0 && !models.get(modelId)) this.health.forget(modelId);
    }
    for (const id of this.generations.keys()) if (!providers.get(id)) this.generations.delete(id);
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
