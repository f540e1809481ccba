import { facts, IS_ERROR, SUMS, USED_COLUMNS } from './rollup.sql.js';

const sums = SUMS.map((column) => `sum(${column}) as ${column}`).join(', ');

/** Which rows of the rollups are read. */
export interface RollupRows {
  /** On a row's key and its bucket. */
  readonly conditions: string;
  /**
   * A parameter with the days (UTC) that a border of the wanted intervals cuts: those are read by quarter hours, all others
   * from the sums by day. Without it everything is read by quarter hours.
   */
  readonly cutDays?: string;
  /** Nothing below the project is asked for: quarter hours are read from the sums that don't tell it apart. */
  readonly isWholeProject?: boolean;
}

/** What sums and counts of both kinds have, apart from a finer key. */
const COMMON_KEY = 'bucket_start, tenant_id, project_id';
const FINE = {
  rollup: { table: 'usage_rollup', ofProject: 'usage_project_rollup', columns: SUMS.join(', ') },
  latency: { table: 'usage_latency', ofProject: 'usage_project_latency', columns: 'bin, durations, first_bytes' },
} as const;

/** Sums and latency bins from the rollups, by `group`: an SQL expression over a rollup row's key. */
export function rollupQuery(group: string, rows: RollupRows): string {
  return sumsAndBins(group, { rollup: rowsOf(FINE.rollup, rows), latency: rowsOf(FINE.latency, rows) });
}

function sumsAndBins(group: string, { rollup, latency }: { rollup: string; latency: string }): string {
  return `
    with summed as (
      select ${group} as key, ${sums} from (${rollup}) as rollup group by 1
    ), binned as (
      select key, array_agg(bin::int order by bin) as bins,
        array_agg(durations order by bin) as durations, array_agg(first_bytes order by bin) as first_bytes
      from (
        select ${group} as key, bin, sum(durations)::float8 as durations, sum(first_bytes)::float8 as first_bytes
        from (${latency}) as latency group by 1, 2
      ) as bin group by key
    )
    select summed.*, bins, durations, first_bytes
    from summed left join binned
      on (binned.key is null) = (summed.key is null) and coalesce(binned.key::text, '') = coalesce(summed.key::text, '')`;
}

/** Keeps Postgres from reading the whole range once for all days together, instead of each day by the index. */
const BY_INDEX = 'offset 0';

function rowsOf(
  { table, ofProject, columns }: (typeof FINE)[keyof typeof FINE],
  { conditions, cutDays, isWholeProject = false }: RollupRows,
): string {
  const wanted = isWholeProject ? `${COMMON_KEY}, ${columns}` : '*';
  const fine = `select ${wanted} from ${isWholeProject ? ofProject : table} where ${conditions}`;
  if (cutDays === undefined) return fine;
  return `
    select ${wanted} from ${table}_day where ${conditions} and bucket_start <> all(${cutDays}::timestamptz[])
    union all
    select cut.* from unnest(${cutDays}::timestamptz[]) as cut_day, lateral (
      ${fine} and bucket_start >= cut_day and bucket_start < cut_day + interval '24 hours' ${BY_INDEX}
    ) as cut`;
}

/** The same by the value of a metadata key; without a value for all those above the bound. */
export function metadataQuery(conditions: string): string {
  const rows = (table: string): string => `select * from ${table} where ${conditions}`;
  return sumsAndBins('value', { rollup: rows('usage_metadata_rollup'), latency: rows('usage_metadata_latency') });
}

/** The same as `rollupQuery`, by minute, from the rows themselves; percentiles are exact. */
export function minuteQuery(conditions: string): string {
  const rows = (table: string): string => `(select * from ${table} where ${conditions}) as ${table}_row`;
  const bucket = `date_trunc('minute', started_at)`;
  return `
    with fact as (${facts({ bucket, requests: rows('request'), attempts: rows('attempt') })})
    select bucket_start as key, ${sums},
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
    select local at time zone $3::text as start, (local + interval '1 ${interval}') at time zone $3::text as end
    from generate_series(date_trunc('${interval}', $1::timestamptz at time zone $3::text),
      ($2::timestamptz - interval '1 microsecond') at time zone $3::text, interval '1 ${interval}') as local`;
}
