import {
  binned,
  BINNED,
  BUCKET,
  IS_ERROR,
  IS_ESTIMATED,
  IS_UNPRICED,
  ofDays,
  rollUp,
  rollUpLatency,
  summed,
  SUMS,
  USED,
  USED_COLUMNS,
} from './rollup.sql.js';

/** What a row of the sums by metadata is kept by. The value is null for all those above the bound together. */
const METADATA_KEY = 'tenant_id, key, bucket_start, project_id, value';
const GROUP = 'tenant_id, key, bucket_start, project_id';

/**
 * Sums the rows of `new_request` by their metadata, as part of the statement that stores them; each counts as so many
 * requests. Of each key, a project's quarter
 * hour keeps the first `$2` values, the others share one row. Which are the first is decided under a lock by
 * `admit_metadata_values`, in the order of the groups, so that two drains can neither exceed the bound nor deadlock.
 */
export const rollUpMetadata = (requests: 0 | 1): string => `pair as materialized (
  select ${BUCKET} as bucket_start, tenant_id, project_id, key, value, started_at, outcome, attempts, usage_source,
    ${USED}, cost_picos, duration_ms, first_byte_ms
  from new_request, jsonb_each_text(metadata) as pair
  where tenant_id is not null and metadata is not null
), seen as (
  select ${METADATA_KEY}, min(started_at) as first_at from pair group by ${METADATA_KEY}
), admitted as materialized (
  select ${GROUP}, admitted.value from (
    select ${GROUP}, array_agg(value order by first_at, value) as candidates from seen
    group by ${GROUP} order by ${GROUP} offset 0
  ) as asked, admit_metadata_values(tenant_id, project_id, key, bucket_start, candidates, $2::integer) as admitted(value)
), by_value as materialized (
  select pair.tenant_id, pair.key, pair.bucket_start, pair.project_id, admitted.value, ${requests} as requests,
    (${IS_ERROR})::int as errors, (outcome = 'cancelled')::int as cancelled, attempts,
    (${IS_UNPRICED} and attempts > 0)::int as unpriced, (${IS_ESTIMATED})::int as estimated,
    ${USED_COLUMNS.join(', ')}, coalesce(cost_picos, 0) as cost_picos, duration_ms, first_byte_ms
  from pair left join admitted on admitted.tenant_id = pair.tenant_id and admitted.key = pair.key
    and admitted.bucket_start = pair.bucket_start and admitted.value = pair.value
    and admitted.project_id is not distinct from pair.project_id
), value_sum as materialized (${summed('by_value', METADATA_KEY)}
), value_bin as materialized (${binned('by_value', METADATA_KEY)}
), value_sum_days as (${ofDays('value_sum', SUMS, METADATA_KEY)}
), value_bin_days as (${ofDays('value_bin', BINNED, METADATA_KEY)}
), by_metadata as (${rollUp('usage_metadata_rollup', 'value_sum', METADATA_KEY)}
), metadata_latency as (${rollUpLatency('usage_metadata_latency', 'value_bin', METADATA_KEY)}
), by_metadata_day as (${rollUp('usage_metadata_rollup_day', 'value_sum_days', METADATA_KEY)}
), metadata_latency_day as (${rollUpLatency('usage_metadata_latency_day', 'value_bin_days', METADATA_KEY)}`;
