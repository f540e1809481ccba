/** The token kinds and other units that `LedgerUsage` counts, as columns. */
export const USED_COLUMNS = [
  'input_tokens',
  'cached_input_tokens',
  'cache_write_tokens',
  'cache_write_1h_tokens',
  'audio_input_tokens',
  'output_tokens',
  'reasoning_tokens',
  'audio_output_tokens',
  'images',
  'audio_ms',
  'characters',
] as const;

/** What a rollup row is kept by. Rows are written in this order everywhere, so that two drains can't deadlock. */
const KEY = 'tenant_id, bucket_start, project_id, token_id, profile_id, provider_id, model_id, operation';

const COUNTERS = ['requests', 'errors', 'cancelled', 'attempts', 'unpriced', 'estimated', ...USED_COLUMNS];
/** What a rollup adds up. */
export const SUMS = [...COUNTERS, 'cost_picos', 'duration_ms'];

/** The quarter hour that a time is in; the same in every session time zone. */
const BUCKET = `date_bin('15 minutes', started_at, timestamptz '2000-01-01 00:00:00+00')`;
/** The day (UTC) of a bucket. */
export const DAY = `date_bin('1 day', bucket_start, timestamptz '2000-01-01 00:00:00+00')`;

/** An outcome that the operator should mind; a caller who left is counted apart. */
export const IS_ERROR = `outcome not in ('ok', 'cancelled')`;
/** No price was known. What used nothing costs 0 and is not meant; a request without an attempt has no cost either. */
const IS_UNPRICED = `cost_picos is null`;
const IS_ESTIMATED = `usage_source = 'estimated'`;

/** Three bins for each doubling of milliseconds: a percentile is off by a quarter at worst. Bin 0 is up to 1 ms. */
export const BINS_PER_LN = 3 / Math.LN2;
const bin = (ms: string): string =>
  `least(100, greatest(0, ceil(ln(greatest(${ms}, 0.001)) * ${BINS_PER_LN})))::smallint`;

const NOT_USED = USED_COLUMNS.map((column) => `0 as ${column}`).join(', ');
const USED = USED_COLUMNS.join(', ');

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
const FACTS = facts({ bucket: BUCKET, requests: 'new_request', attempts: 'new_attempt' });

const sums = (columns: readonly string[]): string => columns.map((column) => `sum(${column})`).join(', ');
const added = (table: string, columns: readonly string[]): string =>
  columns.map((column) => `${column} = ${table}.${column} + excluded.${column}`).join(', ');

const rollUp = (table: string, source: string): string => `
  insert into ${table} (${KEY}, ${SUMS.join(', ')})
  select ${KEY}, ${sums(SUMS)} from ${source} group by ${KEY} order by ${KEY}
  on conflict (${KEY}) do update set ${added(table, SUMS)}`;

const rollUpLatency = (table: string, source: string): string => `
  insert into ${table} (${KEY}, bin, durations, first_bytes)
  select ${KEY}, bin, sum(durations), sum(first_bytes) from (
    select ${KEY}, ${bin('duration_ms')} as bin, 1 as durations, 0 as first_bytes from ${source} where requests = 1
    union all
    select ${KEY}, ${bin('first_byte_ms')}, 0, 1 from ${source} where first_byte_ms is not null
  ) as sample group by ${KEY}, bin order by ${KEY}, bin
  on conflict (${KEY}, bin) do update set ${added(table, ['durations', 'first_bytes'])}`;

/**
 * Stores a batch: `$1` is a JSON array of ledger entries. Rows that are there already are left alone, and everything
 * that is summed is summed from the rows really inserted: a batch that comes twice counts once. Answers the counts, and
 * what the batch tells of each provider: that it worked if it did once, else its latest failure.
 */
export const STORE_BATCH = `
with entry as materialized (
  select value from jsonb_array_elements($1::jsonb)
), new_request as (
  insert into request
  select record.* from entry, jsonb_populate_record(null::request, entry.value -> 'request') as record
  where record.id is not null
  on conflict do nothing returning *
), new_attempt as (
  insert into attempt
  select record.* from entry, jsonb_populate_recordset(null::attempt, entry.value -> 'attempts') as record
  on conflict do nothing returning *
), fact as materialized (${FACTS}
), fact_of_day as (
  select ${KEY.replace('bucket_start', `${DAY} as bucket_start`)}, ${SUMS.join(', ')}, first_byte_ms from fact
), rolled as (${rollUp('usage_rollup', 'fact')}
), rolled_day as (${rollUp('usage_rollup_day', 'fact_of_day')}
), latency as (${rollUpLatency('usage_latency', 'fact')}
), latency_day as (${rollUpLatency('usage_latency_day', 'fact_of_day')}
), by_metadata as (
  insert into usage_metadata_rollup (tenant_id, key, bucket_start, project_id, value, ${SUMS.join(', ')})
  select tenant_id, key, ${BUCKET}, project_id, value, count(*), count(*) filter (where ${IS_ERROR}),
    count(*) filter (where outcome = 'cancelled'), sum(attempts),
    count(*) filter (where ${IS_UNPRICED} and attempts > 0), count(*) filter (where ${IS_ESTIMATED}),
    ${sums(USED_COLUMNS)}, sum(coalesce(cost_picos, 0)), sum(duration_ms)
  from new_request, jsonb_each_text(metadata) as pair
  where tenant_id is not null and metadata is not null
  group by 1, 2, 3, 4, 5 order by 1, 2, 3, 4, 5
  on conflict (tenant_id, key, bucket_start, project_id, value)
  do update set ${added('usage_metadata_rollup', SUMS)}
), payload as (
  insert into request_payload (request_id, tenant_id, project_id, ciphertext, expires_at)
  select new_request.id, new_request.tenant_id, project.id, entry.value ->> 'payload',
    new_request.started_at + make_interval(days => project.capture_days)
  from entry
    join new_request on new_request.id = (entry.value -> 'request' ->> 'id')::uuid
    join project on project.id = new_request.project_id
  where entry.value ? 'payload' and project.capture <> 'none'
  on conflict do nothing
), told as (
  insert into live_event (tenant_id, project_id, kind, data)
  select tenant_id, project_id, 'request', jsonb_build_object('id', id, 'startedAt', started_at, 'tokenId', token_id,
    'profileId', profile_id, 'providerId', provider_id, 'modelId', model_id, 'requestedModel', requested_model,
    'operation', operation, 'isStreamed', is_streamed, 'status', status, 'outcome', outcome, 'errorCode', error_code,
    'attemptCount', attempts, 'inputTokens', input_tokens, 'outputTokens', output_tokens,
    'costUsd', trim_scale(cost_picos / 1e12)::text, 'servedFrom', served_from, 'firstByteMs', first_byte_ms,
    'durationMs', duration_ms)
  from new_request where tenant_id is not null and (select is_anybody_listening())
  union all
  select tenant_id, project_id, 'decision', jsonb_build_object('requestId', id, 'profileId', profile_id) || decision
  from new_request
  where tenant_id is not null and jsonb_typeof(decision) = 'object' and (select is_anybody_listening())
), feedback as (
  insert into request_feedback
  select distinct on (record.request_id, record.project_id) record.*
  from entry, jsonb_populate_record(null::request_feedback, entry.value -> 'feedback') as record
  where entry.value ? 'feedback'
  order by record.request_id, record.project_id, record.given_at desc
  on conflict on constraint request_feedback_pkey do update
  set score = excluded.score, given_at = excluded.given_at, token_id = excluded.token_id
  where excluded.given_at > request_feedback.given_at
)
select (select count(*) from new_request)::int as requests, (select count(*) from new_attempt)::int as attempts,
  (select coalesce(json_agg(seen), '[]') from (
    select distinct on (provider_id) provider_id, outcome, started_at, first_byte_ms, error_code from new_attempt
    where outcome not in ('rejected', 'cancelled', 'internal')
    order by provider_id, outcome in ('ok', 'caller_error', 'rate_limited') desc, started_at desc
  ) as seen) as seen`;
