import type { DataSource } from 'typeorm';

/** On which a process says that a flight has landed; the payload is the flight's id. */
export const LANDED_CHANNEL = 'waggle_keyed_call';
/** A flight whose process says nothing for so long is taken for lost. */
const LEASE_SECONDS = 10;
/** How long those that waited may take to fetch an answer that is not kept for others. */
const FAILED_SECONDS = 60;

/** Whose key it is, hashed. */
export interface RowKey {
  readonly tokenId: string;
  readonly keyDigest: Buffer;
}

/** A call that would be the first of its key. */
export interface NewRow extends RowKey {
  readonly tenantId: string;
  readonly bodyDigest: Buffer;
  readonly flightId: string;
  readonly hours: number;
}

/** What is known of a key. */
export interface KeyedRow {
  readonly flight_id: string;
  readonly body_digest: Buffer;
  readonly state: 'open' | 'kept' | 'failed';
  /** `null` when there is none. */
  readonly sealed_answer: Buffer | null;
  /** Whether another call may be made instead. */
  readonly is_free: boolean;
}

const IS_FREE = `(kept.expires_at <= now() or kept.state = 'failed' or (kept.state = 'open' and kept.lease_until <= now()))`;

/** Takes a key that nobody has, or whose call failed or was lost; returns whether it did. */
export async function takeKey(database: DataSource, row: NewRow): Promise<boolean> {
  const taken = await database.query<unknown[]>(
    `insert into keyed_call as kept (token_id, key_digest, tenant_id, body_digest, flight_id, state, lease_until, expires_at)
     values ($1, $2, $3, $4, $5, 'open', now() + make_interval(secs => ${LEASE_SECONDS}), now() + make_interval(hours => $6))
     on conflict (token_id, key_digest) do update set body_digest = excluded.body_digest, flight_id = excluded.flight_id,
       state = 'open', lease_until = excluded.lease_until, created_at = now(), expires_at = excluded.expires_at,
       sealed_answer = null
     where ${IS_FREE} and (kept.body_digest = excluded.body_digest or kept.expires_at <= now())
     returning flight_id`,
    [row.tokenId, row.keyDigest, row.tenantId, row.bodyDigest, row.flightId, row.hours],
  );
  return taken.length > 0;
}

/** What is known of a key; `undefined` when nothing is. */
export async function readKey(database: DataSource, { tokenId, keyDigest }: RowKey): Promise<KeyedRow | undefined> {
  const [row] = await database.query<KeyedRow[]>(
    `select flight_id, body_digest, state, sealed_answer, ${IS_FREE} as is_free
     from keyed_call as kept where token_id = $1 and key_digest = $2`,
    [tokenId, keyDigest],
  );
  return row;
}

/** Says that flights go on. */
export async function renewFlights(database: DataSource, flightIds: readonly string[]): Promise<void> {
  await database.query(
    `update keyed_call set lease_until = now() + make_interval(secs => ${LEASE_SECONDS})
     where flight_id = any($1) and state = 'open'`,
    [flightIds],
  );
}

/** Keeps the answer of a flight, unless another has taken its place, and tells everybody that waits. */
export async function landFlight(
  database: DataSource,
  flightId: string,
  { isFinal, sealed }: { readonly isFinal: boolean; readonly sealed: Buffer | null },
): Promise<void> {
  await database.query(
    `with landed as (
       update keyed_call set state = $2, sealed_answer = $3, lease_until = null,
         expires_at = case when $2 = 'kept' then expires_at else now() + make_interval(secs => ${FAILED_SECONDS}) end
       where flight_id = $1 and state = 'open'
     ) select pg_notify('${LANDED_CHANNEL}', $1::text)`,
    [flightId, isFinal ? 'kept' : 'failed', sealed],
  );
}

/** Deletes what is over, and of the rest the oldest beyond so many keys of a token and so many bytes in all. */
export async function trimKeys(
  database: DataSource,
  { keysPerToken, bytes }: { readonly keysPerToken: number; readonly bytes: number },
): Promise<void> {
  await database.query(
    `delete from keyed_call where expires_at <= now() and (state <> 'open' or lease_until < now() - interval '1 hour')`,
  );
  await database.query(
    `delete from keyed_call where state <> 'open' and flight_id in (
       select flight_id from (
         select flight_id, row_number() over (partition by token_id order by created_at desc) as place,
           sum(coalesce(octet_length(sealed_answer), 0)) over (order by created_at desc, flight_id) as bytes
         from keyed_call
       ) as ranked where place > $1 or bytes > $2
     )`,
    [keysPerToken, bytes],
  );
}
