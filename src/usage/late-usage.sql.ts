import { ROLL_UP_FACTS, TELL_OF_REQUESTS, USUAL } from './ledger.sql.js';
import { rollUpMetadata } from './metadata.sql.js';
import { BUCKET, facts, USED_COLUMNS } from './rollup.sql.js';

const FACTS = facts({ bucket: BUCKET, requests: 'no_request', attempts: 'new_attempt' });
const ADDED = USED_COLUMNS.map((column) => `${column} = coalesce(r.${column}, 0) + coalesce(late.${column}, 0)`);

/** A sum that one part of was estimated is an estimate. */
const SOURCE = `case
  when late.usage_source = 'none' then r.usage_source
  when r.usage_source = 'none' then late.usage_source
  when 'estimated' in (r.usage_source, late.usage_source) then 'estimated' else r.usage_source end`;

/**
 * Adds an attempt to a request that is in the ledger: `$1` is the attempt as JSON, `$2` how many metadata values are told
 * apart, `$3` the state of its response, `$4` when the request began. An attempt that is there already changes nothing.
 * Of the sums it adds to those of attempts only: the request was counted when it came. Answers how many were added.
 */
export const ADD_LATE_USAGE = `
with new_attempt as (
  insert into attempt
  select record.* from jsonb_populate_record(jsonb_populate_record(null::attempt, ${USUAL}), $1::jsonb) as record
  on conflict do nothing returning *
), no_request as (
  select * from request where false
), changed as (
  update request r set ${ADDED.join(', ')}, usage_source = ${SOURCE}, cost_picos = r.cost_picos + late.cost_picos,
    attempts = r.attempts + 1, background_state = $3
  from new_attempt late where r.id = late.request_id and r.started_at = $4::timestamptz returning r.*
), new_request as (
  select changed.started_at, changed.tenant_id, changed.project_id, changed.metadata, 'ok' as outcome, 1 as attempts,
    late.usage_source, ${USED_COLUMNS.map((column) => `late.${column}`).join(', ')}, late.cost_picos, 0 as duration_ms,
    null::double precision as first_byte_ms
  from changed join new_attempt late on late.request_id = changed.id
), fact as materialized (${FACTS}
), ${ROLL_UP_FACTS}, ${rollUpMetadata(0)}
), told as (
  ${TELL_OF_REQUESTS}
  from changed where tenant_id is not null and (select is_anybody_listening())
)
select count(*)::int as added from new_attempt`;
