import { LARGE_ABOVE, MEDIUM_FROM } from '../../snapshot/arm-view.js';

/** What a success is worth by itself, for being quick, and for being cheap: 1 in all. */
const SUCCESS = 0.4;
const QUICK = 0.3;
const CHEAP = 0.3;

/** Outcomes that say nothing of the target. */
const NOT_THEIRS = `('rejected', 'caller_error', 'cancelled', 'internal')`;

const LATENCY = `case when a.is_streamed then coalesce(a.first_byte_ms, a.duration_ms) else a.duration_ms end`;
const TOKENS = `coalesce((r.decision #>> '{features,inputTokens}')::float8, a.input_tokens)`;
const SIZE = `case when ${TOKENS} < ${MEDIUM_FROM} then 'small' when ${TOKENS} <= ${LARGE_ABOVE} then 'medium'
  else 'large' end`;
const SLOT = `date_bin('5 minutes', at, timestamptz '2000-01-01 00:00:00+00')`;
const isFirst = `a.number = 1 and a.model_id::text = r.decision #>> '{candidates,0,model}'`;

/**
 * The attempts that `where` finds (of `r`, the request, and `a`), each with its reward: nothing for a failure; for a
 * success more the quicker and the cheaper it was beside the profile's other successes of that size in the same range.
 */
const rewarded = (where: string): string => `
  tried as (
    select a.profile_id, a.model_id, a.started_at, a.outcome, f.score, a.cost_picos, a.is_streamed, ${LATENCY} as latency_ms,
      ${SIZE} as size,
      case when ${isFirst} then (r.decision #>> '{candidates,0,propensity}')::float8 end as propensity
    from request r join attempt a on a.request_id = r.id
      left join request_feedback f on f.request_id = r.id and f.project_id = r.project_id and a.outcome = 'ok'
    where ${where} and r.decision is not null and a.outcome not in ${NOT_THEIRS}
  ), rewarded as (
    select *, case when outcome <> 'ok' then 0 else ${SUCCESS}
      + ${QUICK} * (1 - percent_rank() over (partition by profile_id, size, is_streamed, outcome = 'ok' order by latency_ms))
      + ${CHEAP} * (1 - percent_rank() over (partition by profile_id, size, outcome = 'ok' order by cost_picos))
      end as reward
    from tried
  )`;

/** With the tenants, since it is by tenant and time that the index finds requests. */
const RECENT = `r.tenant_id = any($3::uuid[]) and r.started_at >= $2 and r.profile_id = any($1::uuid[])
  and a.started_at >= $2`;

/**
 * Counts rewards anew for the slots since `$2`, of the profiles `$1` of the tenants `$3`. A slot counted twice comes out the same. What
 * somebody thinks of an answer counts like one more attempt, when it is said.
 */
export const COUNT_SLOTS = `
  with ${rewarded(RECENT)}
  , judged as (
    select r.profile_id, a.model_id, ${SIZE} as size, f.given_at, f.score
    from request_feedback f
      join request r on r.id = f.request_id and r.project_id = f.project_id
      join attempt a on a.request_id = r.id and a.outcome = 'ok'
    where f.given_at >= $2 and r.profile_id = any($1::uuid[])
  )
  insert into routing_arm_slot (profile_id, model_id, size, slot_start, attempts, reward)
  select profile_id, model_id, size, ${SLOT}, count(*), sum(reward) from (
    select profile_id, model_id, size, started_at as at, reward from rewarded
    union all select profile_id, model_id, size, given_at, score from judged
  ) as rewards group by 1, 2, 3, 4 order by 1, 2, 3, 4
  on conflict on constraint routing_arm_slot_pkey
  do update set attempts = excluded.attempts, reward = excluded.reward`;

/** What is believed of the arms of the profiles `$1`: older slots count less, half after each `$2` (an interval). */
export const READ_ARMS = `
  select profile_id, model_id, size, 1 + sum(reward * decay) as alpha, 1 + sum((attempts - reward) * decay) as beta
  from routing_arm_slot cross join lateral (
    select power(0.5, extract(epoch from now() - slot_start) / extract(epoch from $2::interval)) as decay
  ) age
  where profile_id = any($1::uuid[])
  group by profile_id, model_id, size`;

/**
 * How each target of a profile did in a range. Off-policy estimates say what the mean reward would be if all calls went
 * there: by inverse propensities of first choices, plain and self-normalised.
 */
export const reportArms = (where: string): string => `
  with ${rewarded(where)},
  total as (select size, count(propensity) as drawn from rewarded group by size)
  select model_id, size, count(*)::int as attempts, count(propensity)::int as drawn,
    (count(*) filter (where outcome = 'ok'))::int as successes, avg(reward)::float8 as reward,
    avg(score)::float8 as feedback,
    percentile_cont(0.5) within group (order by latency_ms) filter (where outcome = 'ok') as latency_ms,
    avg(cost_picos) filter (where outcome = 'ok') as cost_picos,
    (sum(reward / propensity) / nullif(max(total.drawn), 0))::float8 as ips,
    (sum(reward / propensity) / nullif(sum(1 / propensity), 0))::float8 as snips
  from rewarded join total using (size) group by model_id, size order by size, model_id`;
