import type { EntityManager } from 'typeorm';
import { newId } from '../common/ids.js';
import { lockAllowances } from './lease-sync.js';

/** What is to be added to a counter, or taken off it, after the call that it was charged for. */
export interface LateCharge {
  readonly allowance_id: string;
  readonly epoch: number;
  readonly subject: string;
  /** ISO 8601. */
  readonly window_start: string;
  readonly window_end: string | null;
  readonly amount: number;
}

/** What a counter `c` was charged for responses that are still being made: it is only held. */
export const HELD_OF_PENDING = `
  select coalesce(sum(amount), 0) as held from pending_hold h
  where h.allowance_id = c.allowance_id and h.epoch = c.epoch and h.subject = c.subject and h.window_start = c.window_start`;

/**
 * Puts counters right, in the caller's transaction. It changes what is settled in Postgres itself, whichever worker's lease
 * was charged and whether or not that has been told yet: the sum of both is what counts.
 */
export async function settleLate(manager: EntityManager, charges: readonly LateCharge[]): Promise<void> {
  if (charges.length === 0) return;
  await lockAllowances(
    manager,
    charges.map(({ allowance_id }) => allowance_id),
  );
  await manager.query(
    `insert into allowance_counter (id, allowance_id, epoch, subject, window_start, window_end, settled)
     select (array_agg(late.id))[1], late.allowance_id, late.epoch, late.subject, late.window_start, late.window_end,
       sum(late.amount)
     from unnest($1::uuid[], $2::uuid[], $3::int[], $4::text[], $5::timestamptz[], $6::timestamptz[], $7::bigint[])
       as late (id, allowance_id, epoch, subject, window_start, window_end, amount)
     join allowance on allowance.id = late.allowance_id
     group by late.allowance_id, late.epoch, late.subject, late.window_start, late.window_end
     order by late.allowance_id, late.subject, late.window_start
     on conflict (allowance_id, epoch, subject, window_start) do update
     set settled = allowance_counter.settled + excluded.settled`,
    [
      charges.map(() => newId()),
      ...(['allowance_id', 'epoch', 'subject', 'window_start', 'window_end', 'amount'] as const).map((name) =>
        charges.map((one) => one[name]),
      ),
    ],
  );
}
