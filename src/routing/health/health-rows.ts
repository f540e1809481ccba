import type { DataSource } from 'typeorm';
import type { StoredHealth } from '../../snapshot/health/target-health.js';

/** The channel on which processes tell each other of the health of targets; the payload is `HealthNews` as JSON. */
export const HEALTH_CHANNEL = 'waggle_health';

/** What one process tells the others. */
export interface HealthNews extends StoredHealth {
  readonly modelId: string;
  readonly providerId: string;
  /** The process that found it. */
  readonly from: string;
}

/** A row of `target_health`, with times in ms since epoch. */
export type HealthRow = Omit<HealthNews, 'from'>;

/**
 * Writes what was found and announces it, in one statement. What another process found later stays, and the longest wait
 * that the provider asked for. A model that is gone leaves no row.
 */
export async function saveHealth(database: DataSource, news: HealthNews): Promise<void> {
  const { modelId, providerId, state, since, openUntil, coolUntil, opens, reason } = news;
  await database.query(
    `with saved as (
       insert into target_health as known
         (model_id, provider_id, tenant_id, state, since, open_until, cool_until, opens, reason, updated_at)
       select id, provider_id, tenant_id, $3, $4, $5, $6, $7, $8, now() from model where id = $1 and provider_id = $2
       on conflict (model_id) do update set
         provider_id = excluded.provider_id, state = excluded.state, since = excluded.since,
         open_until = excluded.open_until, opens = excluded.opens, reason = excluded.reason, updated_at = now(),
         cool_until = case when excluded.since > known.since then excluded.cool_until
                           else greatest(known.cool_until, excluded.cool_until) end
       where known.since <= excluded.since
       returning model_id)
     select pg_notify($9, $10) from saved`,
    [
      modelId,
      providerId,
      state,
      new Date(since),
      dateOrNull(openUntil),
      dateOrNull(coolUntil),
      opens,
      reason,
      HEALTH_CHANNEL,
      JSON.stringify(news),
    ],
  );
}

/** Reads what is known of the targets that are not simply well. */
export async function loadHealth(database: DataSource): Promise<HealthRow[]> {
  const rows = await database.query<StoredRow[]>(
    `select * from target_health where state <> 'closed' or cool_until > now()`,
  );
  return rows.map((row) => ({
    modelId: row.model_id,
    providerId: row.provider_id,
    state: row.state,
    since: row.since.getTime(),
    openUntil: row.open_until?.getTime() ?? 0,
    coolUntil: row.cool_until?.getTime() ?? 0,
    opens: row.opens,
    reason: row.reason,
  }));
}

interface StoredRow {
  readonly model_id: string;
  readonly provider_id: string;
  readonly state: StoredHealth['state'];
  readonly since: Date;
  readonly open_until: Date | null;
  readonly cool_until: Date | null;
  readonly opens: number;
  readonly reason: string | null;
}

function dateOrNull(ms: number): Date | null {
  return ms === 0 ? null : new Date(ms);
}
