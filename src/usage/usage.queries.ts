import { READ_SUMS_SQL } from './rollup.queries.js';
import { facts, IS_ERROR, USED_COLUMNS } from './rollup.sql.js';

/** The same as `rollupQuery`, by minute, from the rows themselves; percentiles are exact. */
export function minuteQuery(conditions: string): string {
  const rows = (table: string): string => `(select * from ${table} where ${conditions}) as ${table}_row`;
  const bucket = `date_trunc('minute', started_at)`;
  return `
    with fact as (${facts({ bucket, requests: rows('request'), attempts: rows('attempt') })})
    select bucket_start as key, ${READ_SUMS_SQL},
      percentile_cont(array[0.5, 0.95, 0.99]) within group (order by duration_ms) filter (where requests = 1) as latency,
      percentile_cont(array[0.5, 0.95, 0.99]) within group (order by first_byte_ms)
        filter (where first_byte_ms is not null) as first_byte
    from fact group by 1`;
}

const MODE = `coalesce(r.decision -> 'features' -> 'hints' ->> 'mode', profile.routing ->> 'mode')`;

/** Sums by model, provider, token or mode, from the rows of requests `r`, the dearest first; percentiles are exact. */
export function shareQuery(by: 'model' | 'provider' | 'token' | 'mode', conditions: string, limit: string): string {
  const key = by === 'mode' ? MODE : `r.${by}_id`;
  const used = USED_COLUMNS.map((column) => `sum(r.${column}) as ${column}`).join(', ');
  return `
    select ${key} as key, count(*) as requests, count(*) filter (where ${IS_ERROR}) as errors,
      count(*) filter (where outcome = 'cancelled') as cancelled, sum(r.attempts) as attempts,
      count(*) filter (where cost_picos is null and r.attempts > 0) as unpriced,
      count(*) filter (where usage_source = 'estimated') as estimated, ${used},
      coalesce(sum(cost_picos), 0) as cost_picos,
      percentile_cont(array[0.5, 0.95, 0.99]) within group (order by duration_ms) as latency,
      percentile_cont(array[0.5, 0.95, 0.99]) within group (order by first_byte_ms)
        filter (where first_byte_ms is not null) as first_byte
    from request r left join profile on profile.id = r.profile_id
    where ${conditions} group by 1 order by cost_picos desc, requests desc, key limit ${limit}`;
}

/**
 * The intervals that cover a range: `$1` to `$2`, in time zone `$3`. Days and months are the zone's own, so some are an
 * hour longer or shorter than others.
 */
export const SPINES = {
  minute: absoluteSpine('minute'),
  hour: absoluteSpine('hour'),
  day: localSpine('day'),
  month: localSpine('month'),
} as const;

function absoluteSpine(interval: 'minute' | 'hour'): string {
  return `
    select start, start + interval '1 ${interval}' as end
    from generate_series(date_trunc('${interval}', $1::timestamptz, $3::text), $2::timestamptz - interval '1 microsecond',
      interval '1 ${interval}') as start`;
}

function localSpine(interval: 'day' | 'month'): string {
  return `
    select ${instantOf('local')} as start, ${instantOf(`(local + interval '1 ${interval}')`)} as end
    from generate_series(date_trunc('${interval}', $1::timestamptz at time zone $3::text),
      ($2::timestamptz - interval '1 microsecond') at time zone $3::text, interval '1 ${interval}') as local`;
}

/** When it is so late: of two midnights of one day, where clocks are put back then, the first. Postgres means the second. */
function instantOf(local: string): string {
  const instant = `(${local} at time zone $3::text)`;
  const hourBefore = `(${instant} - interval '1 hour')`;
  return `case when ${hourBefore} at time zone $3::text >= ${local} then ${hourBefore} else ${instant} end`;
}
