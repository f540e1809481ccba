import type { DataSource } from 'typeorm';

/** What can be asked for. */
export const EVENT_KINDS = ['request', 'decision', 'health', 'allowance', 'config'] as const;
export type AskedKind = (typeof EVENT_KINDS)[number];
/** `skipped` comes with requests and decisions: how many of them are not told of. */
export type EventKind = AskedKind | 'skipped';

/** A place in the order of events: everything up to it was read. */
export interface EventPlace {
  readonly xact: string;
  readonly id: string;
}

/** What happened behind a place. */
export interface EventPage {
  /** Server-sent events, as they go out; empty when nothing happened. */
  readonly frames: string;
  /** Everything up to here is in it. */
  readonly place: EventPlace;
  /** Whether events behind the place that it was read from may have been dropped before they were read. */
  readonly hasGap: boolean;
}

/** In which projects somebody may watch a kind; `null`: in the whole tenant. */
export interface KindReach {
  readonly kind: EventKind;
  readonly projects: readonly string[] | null;
}

const KEPT = `interval '10 minutes'`;
/** Of more than that the oldest are dropped before their time. */
const MOST_EVENTS = 200_000;

/** Says that somebody listens at this process; from now on events are written. */
export async function signListener(database: DataSource, process: string): Promise<void> {
  await database.query(
    `insert into live_listener (process, seen_at) values ($1, now())
     on conflict (process) do update set seen_at = excluded.seen_at`,
    [process],
  );
}

/** The place behind everything that has happened by now. */
export async function currentPlace(database: DataSource): Promise<EventPlace> {
  const [row] = await database.query<[{ xact: string }]>(
    `select pg_snapshot_xmin(pg_current_snapshot())::text as xact`,
  );
  return { xact: row.xact, id: '0' };
}

/** Whether nothing behind that place was dropped, as far as can be known. */
export async function isKnownPlace(database: DataSource, { xact, id }: EventPlace): Promise<boolean> {
  const found = await database.query<unknown[]>(`select from live_event where xact = $1::xid8 and id = $2::bigint`, [
    xact,
    id,
  ]);
  return found.length > 0;
}

/**
 * What happened in a tenant behind a place, in order, as far as `reach` goes. The frames are made by Postgres: under load
 * there are more events than calls, and the process that sends them has those to relay.
 */
export async function readEvents(
  database: DataSource,
  from: { readonly tenantId: string; readonly reach: readonly KindReach[]; readonly place: EventPlace },
  limit: number,
): Promise<EventPage> {
  const { tenantId, reach, place } = from;
  const reachOf = Object.fromEntries(reach.map(({ kind, projects }) => [kind, projects]));
  const parameters = [tenantId, JSON.stringify(reachOf), place.xact, place.id, limit];
  const [page] = await database.query<[PageRow]>(READ_PAGE, parameters);
  const { frames, xact, id, is_full, is_known } = page;
  if (frames === null) return { frames: '', place, hasGap: false };
  return { frames, place: { xact, id }, hasGap: is_full && !is_known && place.id !== '0' };
}

interface PageRow {
  readonly frames: string | null;
  readonly xact: string;
  readonly id: string;
  /** Whether there may be more: only a reader who is behind can miss what is dropped. */
  readonly is_full: boolean;
  /** Whether the event at the place that it was read from is still there: the oldest ones are dropped first. */
  readonly is_known: boolean;
}

/**
 * `$2` is, by kind, the projects or null. A condition of plain values lets Postgres walk along the index and stop at the
 * limit. `data` is an object, so what stands before it is spliced in behind its brace.
 */
const READ_PAGE = `
with event as (
  select xact, id, kind, at, project_id, data
  from live_event as event
  where tenant_id = $1 and (xact, id) > ($3::xid8, $4::bigint) and xact < pg_snapshot_xmin(pg_current_snapshot())
    and $2::jsonb ? kind and ($2::jsonb -> kind = 'null' or $2::jsonb -> kind ? project_id::text)
  order by xact, id limit $5
)
select string_agg(
    'id: ' || xact || '-' || id || e'\\nevent: ' || kind
      || e'\\ndata: {"at":"' || to_char(at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')
      || '","projectId":' || coalesce('"' || project_id || '"', 'null')
      || case data when '{}' then '' else ',' end || substr(data::text, 2) || e'\\n\\n',
    '' order by xact, id
  ) as frames,
  (array_agg(xact::text order by xact desc, id desc))[1] as xact, (array_agg(id::text order by xact desc, id desc))[1] as id,
  count(*) = $5 as is_full, exists (select from live_event where xact = $3::xid8 and id = $4::bigint) as is_known
from event`;

/** Drops events whose time is over, and listeners that are long gone. */
export async function trimEvents(database: DataSource): Promise<void> {
  await database.query(
    `delete from live_event where at < now() - ${KEPT} or id < (select max(id) - $1 from live_event)`,
    [MOST_EVENTS],
  );
  await database.query(`delete from live_listener where seen_at < now() - ${KEPT}`);
}
