/** The token kinds and other units that `LedgerUsage` counts, as columns. */
export const USED_COLUMNS = [
  'input_tokens',
  'cached_input_tokens',
  'cache_write_tokens',
  'cache_write_1h_tokens',
  'audio_input_tokens',
  'image_input_tokens',
  'output_tokens',
  'reasoning_tokens',
  'audio_output_tokens',
  'image_output_tokens',
  'images',
  'audio_ms',
  'characters',
  'searches',
] as const;

/** What a rollup row is kept by. Rows are written in this order everywhere, so that two drains can't deadlock. */
export const KEY = 'tenant_id, bucket_start, project_id, token_id, profile_id, provider_id, model_id, operation';

/** The same for all of a project together. */
export const PROJECT_KEY = 'tenant_id, bucket_start, project_id';

const COUNTERS = ['requests', 'errors', 'cancelled', 'attempts', 'unpriced', 'estimated', ...USED_COLUMNS];
/** What a rollup adds up. */
export const SUMS = [...COUNTERS, 'cost_picos', 'duration_ms'];

/** The quarter hour that a time is in; the same in every session time zone. */
export const BUCKET = `date_bin('15 minutes', started_at, timestamptz '2000-01-01 00:00:00+00')`;
/** The day (UTC) of a bucket. */
export const DAY = `date_bin('1 day', bucket_start, timestamptz '2000-01-01 00:00:00+00')`;

/** An outcome that the operator should mind; a caller who left is counted apart. */
export const IS_ERROR = `outcome not in ('ok', 'cancelled')`;
/** No price was known. What used nothing costs 0 and is not meant; a request without an attempt has no cost either. */
export const IS_UNPRICED = `cost_picos is null`;
export const IS_ESTIMATED = `usage_source = 'estimated'`;

/** Three bins for each doubling of milliseconds: a percentile is off by a quarter at worst. Bin 0 is up to 1 ms. */
export const BINS_PER_LN = 3 / Math.LN2;
const bin = (ms: string): string =>
  `least(100, greatest(0, ceil(ln(greatest(${ms}, 0.001)) * ${BINS_PER_LN})))::smallint`;

const NOT_USED = USED_COLUMNS.map((column) => `0 as ${column}`).join(', ');
/** The counts of a row; a journal that was written before a count existed has none of it. */
export const USED = USED_COLUMNS.map((column) => `coalesce(${column}, 0) as ${column}`).join(', ');

/** Both kinds of rows in one shape: a request brings its outcome and its latency, an attempt what was used. */
export const facts = (from: { bucket: string; requests: string; attempts: string }): string => `
  select ${from.bucket} as bucket_start, tenant_id, project_id, token_id, profile_id, provider_id, model_id, operation,
    1 as requests, (${IS_ERROR})::int as errors, (outcome = 'cancelled')::int as cancelled, 0 as attempts,
    0 as unpriced, 0 as estimated, ${NOT_USED}, 0::numeric as cost_picos, duration_ms, first_byte_ms
  from ${from.requests} where tenant_id is not null
  union all
  select ${from.bucket}, tenant_id, project_id, token_id, profile_id, provider_id, model_id, operation,
    0, 0, 0, 1, (${IS_UNPRICED})::int, (${IS_ESTIMATED})::int, ${USED}, coalesce(cost_picos, 0), 0, null
  from ${from.attempts}`;

const sums = (columns: readonly string[]): string => columns.map((column) => `sum(${column})`).join(', ');
const added = (table: string, columns: readonly string[]): string =>
  columns.map((column) => `${column} = ${table}.${column} + excluded.${column}`).join(', ');

/** Adds what is `summed` to a table of sums that is kept by `key`. */
export const rollUp = (table: string, source: string, key = KEY): string => `
  insert into ${table} (${key}, ${SUMS.join(', ')})
  select ${key}, ${sums(SUMS)} from ${source} group by ${key} order by ${key}
  on conflict (${key}) do update set ${added(table, SUMS)}`;

/** The rows of `source` (in the shape of `facts`) summed by `key`, so that the tables of sums needn't go through each row again. */
export const summed = (source: string, key = KEY): string => `
  select ${key}, ${SUMS.map((column) => `sum(${column}) as ${column}`).join(', ')} from ${source} group by ${key}`;

/** How many durations and first bytes of `source` (in the shape of `facts`) are in each bin, by `key`. */
export const binned = (source: string, key = KEY): string => `
  select ${key}, bin, sum(durations) as durations, sum(first_bytes) as first_bytes from (
    select ${key}, ${bin('duration_ms')} as bin, 1 as durations, 0 as first_bytes from ${source} where requests = 1
    union all
    select ${key}, ${bin('first_byte_ms')}, 0, 1 from ${source} where first_byte_ms is not null
  ) as sample group by ${key}, bin`;

/** What is `summed` or `binned`, by the day instead of the quarter hour; `key` is what it was summed by. */
export const ofDays = (source: string, columns: readonly string[], key = KEY): string => `
  select ${key.replace('bucket_start', `${DAY} as bucket_start`)}, ${columns.join(', ')} from ${source}`;

/** What `ofDays` takes of what is `binned`. */
export const BINNED = ['bin', 'durations', 'first_bytes'] as const;

/** Adds what is `binned` to a table of latencies that is kept by `key`. */
export const rollUpLatency = (table: string, source: string, key = KEY): string => `
  insert into ${table} (${key}, bin, durations, first_bytes)
  select ${key}, bin, sum(durations), sum(first_bytes) from ${source} group by ${key}, bin order by ${key}, bin
  on conflict (${key}, bin) do update set ${added(table, ['durations', 'first_bytes'])}`;
