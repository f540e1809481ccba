import type { DataSource } from 'typeorm';

/** What can be watched. */
export const EVENT_KINDS = ['request', 'decision', 'health', 'allowance', 'config'] as const;
export type EventKind = (typeof EVENT_KINDS)[number];

/** A place in the order of events: everything up to it was read. */
export interface EventPlace {
  readonly xact: string;
  readonly id: string;
}

/** Something that happened. */
export interface LiveEventRow extends EventPlace {
  readonly kind: EventKind;
  readonly at: Date;
  readonly project_id: string | null;
  readonly data: object;
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

/** What happened in a tenant behind a place, in order, as far as `reach` goes. */
export function readEvents(
  database: DataSource,
  from: { readonly tenantId: string; readonly reach: readonly KindReach[]; readonly place: EventPlace },
  limit: number,
): Promise<LiveEventRow[]> {
  return database.query(
    `select xact::text as xact, id::text as id, event.kind, at, project_id, data
     from live_event as event join jsonb_to_recordset($2::jsonb) as reach (kind text, projects uuid[])
       on reach.kind = event.kind and (reach.projects is null or event.project_id = any(reach.projects))
     where tenant_id = $1 and (xact, id) > ($3::xid8, $4::bigint) and xact < pg_snapshot_xmin(pg_current_snapshot())
     order by event.xact, event.id limit $5`,
    [from.tenantId, JSON.stringify(from.reach), from.place.xact, from.place.id, limit],
  );
}

/** Drops events whose time is over, and listeners that are long gone. */
export async function trimEvents(database: DataSource): Promise<void> {
  await database.query(
    `delete from live_event where at < now() - ${KEPT} or id < (select max(id) - $1 from live_event)`,
    [MOST_EVENTS],
  );
  await database.query(`delete from live_listener where seen_at < now() - ${KEPT}`);
}
