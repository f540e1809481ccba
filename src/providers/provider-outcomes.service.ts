import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { DataSource, In, type EntityManager } from 'typeorm';
import { ProviderStatusRow } from './provider-status.entity.js';
import type { ProviderOutcome } from './provider-status.js';

const FLUSH_MS = 2000;

/** Keeps what was last seen of each provider: newest outcome wins, written at most every two seconds. */
@Injectable()
export class ProviderOutcomes implements OnApplicationShutdown {
  private readonly logger = new Logger(ProviderOutcomes.name);
  private pending = new Map<string, ProviderOutcome>();
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly database: DataSource) {}

  /** Notes an outcome; it is written soon. Cheap enough for every attempt. */
  note(providerId: string, outcome: ProviderOutcome): void {
    const noted = this.pending.get(providerId);
    if (!noted || noted.at <= outcome.at) this.pending.set(providerId, outcome);
    this.timer ??= setTimeout(() => void this.flush(), FLUSH_MS).unref();
  }

  /** Writes what was noted now. */
  async flush(): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    const outcomes = this.pending;
    this.pending = new Map();
    // In the order of ids, so that two workers never wait for one another in a circle.
    const ordered = [...outcomes].toSorted(([a], [b]) => (a < b ? -1 : 1));
    for (const [providerId, outcome] of ordered) {
      await this.write(providerId, outcome).catch((error: unknown) =>
        this.logger.warn(`The status of provider ${providerId} was not written: ${String(error)}`),
      );
    }
  }

  async onApplicationShutdown(): Promise<void> {
    await this.flush();
  }

  /** The last outcomes of these providers, by provider id. */
  async lastOf(providerIds: readonly string[]): Promise<ReadonlyMap<string, ProviderStatusRow>> {
    const rows = await this.database.manager.findBy(ProviderStatusRow, { providerId: In([...providerIds]) });
    return new Map(rows.map((row) => [row.providerId, row]));
  }

  /** Forgets what was seen, because the provider is another one now. */
  async forget(manager: EntityManager, providerId: string): Promise<void> {
    this.pending.delete(providerId);
    await manager.delete(ProviderStatusRow, { providerId });
  }

  private async write(
    providerId: string,
    { kind, at, detail = null, latencyMs = null }: ProviderOutcome,
  ): Promise<void> {
    await this.database.query(
      `insert into provider_status as status (provider_id, outcome, at, detail, latency_ms, last_ok_at, last_failed_at)
       select id, $2, $3, $4, $5, case when $2 = 'ok' then $3::timestamptz end,
              case when $2 <> 'ok' then $3::timestamptz end
       from provider where id = $1
       on conflict (provider_id) do update set
         outcome = excluded.outcome, at = excluded.at, detail = excluded.detail, latency_ms = excluded.latency_ms,
         last_ok_at = coalesce(excluded.last_ok_at, status.last_ok_at),
         last_failed_at = coalesce(excluded.last_failed_at, status.last_failed_at)
       where status.at <= excluded.at`,
      [providerId, kind, at, detail, latencyMs === null ? null : Math.round(latencyMs)],
    );
  }
}
