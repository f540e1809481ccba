import type { EntityManager } from 'typeorm';
import { newId } from '../common/ids.js';
import type { Counter, LeaseState, PoolState } from './book/counter.js';
import { sliceOf } from './book/slice.js';

/** How a lease stands in the worker that has it. */
export interface LeaseReport {
  readonly counter: Counter;
  readonly granted: number;
  readonly settled: number;
  readonly held: number;
}

/** A counter of which a worker wants more. */
export interface LeaseAsk {
  readonly counter: Counter;
  /** What calls wait for, beyond what is free. */
  readonly need: number;
  /** What was spent beyond the grant, and so is granted whether or not there is room. */
  readonly debt: number;
  readonly wish: number;
}

/** What Postgres answers to an ask; an allowance that is gone has no answer. */
export interface LeaseGrant {
  readonly counter: Counter;
  readonly lease: LeaseState;
  readonly pool: PoolState;
  /** Whether there is no more to be had than this. */
  readonly isDry: boolean;
}

/** Who asks, and since when (ms since epoch) it has journal entries that are not in the ledger yet. */
export interface WorkerSign {
  readonly id: string;
  readonly place: string;
  readonly process: string;
  readonly journalSince: number;
  readonly ttlSeconds: number;
}

interface RoomRow {
  readonly ord: number;
  readonly counter_id: string;
  readonly lease_granted: string;
  readonly lease_settled: string;
  readonly born_at: Date;
  readonly max: string;
  readonly used: string;
  readonly spent: string;
  readonly workers: number;
}

/** Says that the worker lives. True when it was not known (any more): then it has no leases. */
export async function signIn(manager: EntityManager, sign: WorkerSign): Promise<boolean> {
  const [row] = await manager.query<{ isNew: boolean }[]>(
    `insert into allowance_worker (id, place, process, expires_at, journal_since)
     values ($1, $2, $3, now() + make_interval(secs => $4), $5)
     on conflict (id) do update set seen_at = now(), expires_at = excluded.expires_at,
       journal_since = excluded.journal_since
     returning xmax = 0 as "isNew"`,
    [sign.id, sign.place, sign.process, sign.ttlSeconds, new Date(sign.journalSince)],
  );
  return row?.isNew ?? true;
}

/** Lets nobody else grant or take back anything of these allowances until the transaction ends. */
export async function lockAllowances(manager: EntityManager, ids: readonly string[]): Promise<void> {
  await manager.query(`select from allowance where id = any($1) order by id for update`, [[...new Set(ids)]]);
}

/** Writes down how leases stand. What is free may only shrink by it. Returns the ids of counters that others look for. */
export async function report(
  manager: EntityManager,
  workerId: string,
  reports: readonly LeaseReport[],
): Promise<ReadonlySet<string>> {
  if (reports.length === 0) return new Set();
  const ids = reports.map(({ counter }) => counter.id);
  const wanted = await manager.query<{ id: string }[]>(
    `with told as (
       select * from unnest($2::uuid[], $3::bigint[], $4::bigint[], $5::bigint[]) as t (counter_id, granted, settled, held)
     ), noted as (
       update allowance_lease l set granted = least(l.granted, told.granted), held = told.held,
         settled = greatest(l.settled, told.settled)
       from told where l.counter_id = told.counter_id and l.worker_id = $1
     )
     select id from allowance_counter where id = any($2) and wanted_at > now() - interval '2 seconds'`,
    [
      workerId,
      ids,
      ...(['granted', 'settled', 'held'] as const).map((name) => reports.map((one) => Math.round(one[name]))),
    ],
  );
  return new Set(wanted.map(({ id }) => id));
}

/** Grants what there is room for. The allowances must be locked. */
export async function grant(
  manager: EntityManager,
  workerId: string,
  asks: readonly LeaseAsk[],
): Promise<readonly LeaseGrant[]> {
  if (asks.length === 0) return [];
  const rooms = await readRooms(manager, workerId, asks);
  const grants = rooms.map((row) => decide(asks[row.ord - 1]!, row));
  await manager.query(
    `with made as (
       select * from unnest($2::uuid[], $3::bigint[], $4::boolean[]) as m (counter_id, amount, is_dry)
     ), wanted as (
       update allowance_counter set wanted_at = now() from made where id = made.counter_id and made.is_dry
     )
     insert into allowance_lease (counter_id, worker_id, granted)
     select counter_id, $1, amount from made
     on conflict (counter_id, worker_id) do update set granted = allowance_lease.granted + excluded.granted`,
    [
      workerId,
      grants.map(({ lease }) => lease.counterId),
      grants.map(({ amount }) => amount),
      grants.map(({ isDry }) => isDry),
    ],
  );
  return grants;
}

function decide(ask: LeaseAsk, row: RoomRow): LeaseGrant & { readonly amount: number } {
  const [max, used, granted] = [Number(row.max), Number(row.used), Number(row.lease_granted)];
  const room = max - used;
  const amount = ask.debt + sliceOf({ room, need: ask.need, wish: ask.wish, workers: row.workers });
  return {
    counter: ask.counter,
    lease: {
      counterId: row.counter_id,
      granted: granted + amount,
      settled: Number(row.lease_settled),
      bornAt: row.born_at.getTime(),
    },
    pool: { limit: max, remaining: Math.max(0, room - (amount - ask.debt)), spent: Number(row.spent) },
    isDry: amount - ask.debt < ask.need,
    amount,
  };
}

/** What is left of each, after making sure that the counters are there. */
async function readRooms(
  manager: EntityManager,
  workerId: string,
  asks: readonly LeaseAsk[],
): Promise<readonly RoomRow[]> {
  const counters = asks.map(({ counter }) => counter);
  const time = (ms: number): Date | null => (ms === Infinity ? null : new Date(ms));
  const keys = [
    counters.map(({ entry }) => entry.id),
    counters.map(({ entry }) => entry.epoch),
    counters.map(({ subject }) => subject),
    counters.map(({ span }) => time(span.start)),
  ];
  await manager.query(
    `insert into allowance_counter (id, allowance_id, epoch, subject, window_start, window_end)
     select a.id, a.allowance_id, a.epoch, a.subject, a.window_start, a.window_end
     from unnest($1::uuid[], $2::int[], $3::text[], $4::timestamptz[], $5::uuid[], $6::timestamptz[])
       as a (allowance_id, epoch, subject, window_start, id, window_end)
     join allowance on allowance.id = a.allowance_id
     order by a.allowance_id, a.subject, a.window_start
     on conflict (allowance_id, epoch, subject, window_start) do nothing`,
    [...keys, counters.map(() => newId()), counters.map(({ span }) => time(span.end))],
  );
  return manager.query<RoomRow[]>(ROOMS, [...keys, counters.map(({ span }) => time(span.since)), workerId]);
}

const ROOMS = `
  select ord::int, c.id as counter_id, c.created_at as born_at, coalesce(mine.granted, 0) as lease_granted,
    coalesce(mine.settled, 0) as lease_settled,
    al.limit_amount + case when al.raised_until > now() then al.raised_by else 0 end as max,
    pool.used, pool.spent,
    (select count(*)::int from allowance_worker where seen_at > now() - interval '5 seconds') as workers
  from unnest($1::uuid[], $2::int[], $3::text[], $4::timestamptz[], $5::timestamptz[]) with ordinality
    as a (allowance_id, epoch, subject, window_start, since, ord)
  join allowance al on al.id = a.allowance_id
  join allowance_counter c on c.allowance_id = a.allowance_id and c.epoch = a.epoch and c.subject = a.subject
    and c.window_start = a.window_start
  left join allowance_lease mine on mine.counter_id = c.id and mine.worker_id = $6
  cross join lateral (
    select coalesce(sum(k.settled + coalesce(lent.used, 0)), 0) as used,
      coalesce(sum(k.settled + coalesce(lent.spent, 0)), 0) as spent
    from allowance_counter k
    cross join lateral (
      select sum(greatest(granted, settled + held)) as used, sum(settled) as spent
      from allowance_lease where counter_id = k.id
    ) lent
    where k.allowance_id = a.allowance_id and k.epoch = a.epoch and k.subject = a.subject
      and k.window_start between a.since and a.window_start
  ) pool`;
