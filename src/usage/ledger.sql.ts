import { USUAL as USUAL_COLUMNS } from '../journal/usual.js';
import { rollUpMetadata } from './metadata.sql.js';
import {
  binned,
  BINNED,
  BUCKET,
  facts,
  ofDays,
  PROJECT_KEY,
  rollUp,
  rollUpLatency,
  summed,
  SUMS,
} from './rollup.sql.js';

const FACTS = facts({ bucket: BUCKET, requests: 'new_request', attempts: 'new_attempt' });

/** What an entry leaves out when it is so. */
export const USUAL = `'${JSON.stringify(USUAL_COLUMNS)}'::jsonb`;

/** Adds `fact` to all sums that are kept. */
export const ROLL_UP_FACTS = `summed as materialized (${summed('fact')}
), binned as materialized (${binned('fact')}
), summed_days as (${ofDays('summed', SUMS)}
), binned_days as (${ofDays('binned', BINNED)}
), rolled as (${rollUp('usage_rollup', 'summed')}
), rolled_day as (${rollUp('usage_rollup_day', 'summed_days')}
), latency as (${rollUpLatency('usage_latency', 'binned')}
), latency_day as (${rollUpLatency('usage_latency_day', 'binned_days')}
), rolled_project as (${rollUp('usage_project_rollup', 'summed', PROJECT_KEY)}
), latency_project as (${rollUpLatency('usage_project_latency', 'binned', PROJECT_KEY)}
)`;

/**
 * Of how many calls of a batch and tenant those who listen are told; a process stores four batches a second. Projects take
 * turns, so that who may see one of them sees something; of each those that failed come first.
 */
export const TOLD_CALLS = 100;

/** What is told of a row of `new_request` to who listens. */
export const TELL_OF_REQUESTS = `
  insert into live_event (tenant_id, project_id, kind, data)
  select tenant_id, project_id, 'request', jsonb_build_object('id', id, 'startedAt', started_at, 'tokenId', token_id,
    'profileId', profile_id, 'providerId', provider_id, 'modelId', model_id, 'requestedModel', requested_model,
    'operation', operation, 'isStreamed', is_streamed, 'status', status, 'outcome', outcome, 'errorCode', error_code,
    'attemptCount', attempts, 'inputTokens', input_tokens, 'outputTokens', output_tokens,
    'costUsd', case when background_state = 'pending' then null else trim_scale(cost_picos / 1e12)::text end,
    'servedFrom', served_from, 'backgroundState', background_state, 'firstByteMs', first_byte_ms,
    'durationMs', duration_ms)`;

/**
 * Stores a batch: `$1` is a JSON array of ledger entries, `$2` how many metadata values are told apart. A row is made of
 * what is usual, of what its entry says in common of all its rows, and of what it says of this one. Rows that are there
 * already are left alone, and everything that is summed is summed from the rows really inserted: a batch that comes twice counts once. Answers the counts, and
 * what the batch tells of each provider: that it worked if it did once, else its latest failure.
 */
export const STORE_BATCH = `
with entry as materialized (
  select value from jsonb_array_elements($1::jsonb)
), usual as materialized (
  select jsonb_populate_record(null::request, ${USUAL}) as request, jsonb_populate_record(null::attempt, ${USUAL}) as attempt
), new_request as (
  insert into request
  select record.* from usual, entry,
    jsonb_populate_record(jsonb_populate_record(usual.request, entry.value -> 'common'), entry.value -> 'request') as record
  where record.id is not null
  on conflict do nothing returning *
), new_attempt as (
  insert into attempt
  select record.* from usual, entry,
    jsonb_populate_recordset(jsonb_populate_record(usual.attempt, entry.value -> 'common'), entry.value -> 'attempts') as record
  on conflict do nothing returning *
), fact as materialized (${FACTS}
), ${ROLL_UP_FACTS}, ${rollUpMetadata(1)}
), payload as (
  insert into request_payload (request_id, tenant_id, project_id, ciphertext, expires_at)
  select new_request.id, new_request.tenant_id, project.id, entry.value ->> 'payload',
    new_request.started_at + make_interval(days => project.capture_days)
  from entry
    join new_request on new_request.id = (entry.value -> 'request' ->> 'id')::uuid
    join project on project.id = new_request.project_id
  where entry.value ? 'payload' and project.capture <> 'none'
  on conflict do nothing
), turn as (
  select *, row_number() over (partition by project_id order by outcome = 'ok') as turn
  from new_request where tenant_id is not null and (select is_anybody_listening())
), heard as (
  select *, row_number() over (partition by tenant_id order by turn) as place from turn
), told as (
  ${TELL_OF_REQUESTS}
  from heard where place <= ${TOLD_CALLS}
  union all
  select tenant_id, project_id, 'decision', jsonb_build_object('requestId', id, 'profileId', profile_id) || decision
  from heard where place <= ${TOLD_CALLS} and jsonb_typeof(decision) = 'object'
  union all
  select tenant_id, project_id, 'skipped', jsonb_build_object('requests', count(*))
  from heard where place > ${TOLD_CALLS} group by tenant_id, project_id
), response as (
  insert into kept_response
  select record.* from entry, jsonb_populate_record(null::kept_response, entry.value -> 'response') as record
  where entry.value ? 'response'
  on conflict do nothing
), pending as (
  insert into pending_response
  select record.* from entry
    join new_request on new_request.id = (entry.value -> 'request' ->> 'id')::uuid,
    jsonb_populate_record(null::pending_response, entry.value -> 'pending' -> 'response') as record
  where entry.value ? 'pending'
  on conflict do nothing returning project_id, id
), pending_hold as (
  insert into pending_hold
  select record.* from entry,
    jsonb_populate_recordset(null::pending_hold, entry.value -> 'pending' -> 'holds') as record
    join pending on pending.project_id = record.project_id and pending.id = record.response_id
  where entry.value ? 'pending'
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
