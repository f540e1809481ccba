import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Standings, type Standing, type StandingOf } from './book/standings.js';
import { windowAt } from './book/window.js';
import { HELD_OF_PENDING } from './late-charges.js';
import { LeaseKeeper } from './lease-keeper.service.js';

interface Row {
  readonly ord: number;
  readonly subject: string | null;
  readonly max: string;
  readonly settled: string;
  readonly held: string;
  readonly leased: string;
}

/** Reads how allowances stand from the counters and leases themselves; this worker tells first how its own stand. */
@Injectable()
export class StandingsService extends Standings {
  constructor(
    private readonly database: DataSource,
    private readonly keeper: LeaseKeeper,
  ) {
    super();
  }

  async of(asked: readonly StandingOf[]): Promise<Standing[]> {
    if (asked.length === 0) return [];
    await this.keeper.tell();
    const now = Date.now();
    const spans = asked.map(({ entry }) => windowAt(entry, now));
    const rows = await this.database.query<Row[]>(STANDINGS, [
      asked.map(({ entry }) => entry.id),
      asked.map(({ entry }) => entry.epoch),
      asked.map(({ subject }) => subject ?? null),
      spans.map(({ since }) => new Date(since)),
      spans.map(({ start }) => new Date(start)),
    ]);
    return rows.map((row) => {
      const { entry, subject } = asked[row.ord - 1]!;
      const { start, end } = spans[row.ord - 1]!;
      return {
        entry,
        subject: row.subject ?? subject ?? '',
        start,
        end,
        limit: Number(row.max),
        settled: Number(row.settled),
        held: Number(row.held),
        leased: Number(row.leased),
      };
    });
  }
}

const STANDINGS = `
  select a.ord::int, used.subject, coalesce(used.settled, 0) as settled, coalesce(used.held, 0) as held,
    coalesce(used.leased, 0) as leased,
    al.limit_amount + case when al.raised_until > now() then al.raised_by else 0 end as max
  from unnest($1::uuid[], $2::int[], $3::text[], $4::timestamptz[], $5::timestamptz[]) with ordinality
    as a (allowance_id, epoch, subject, since, start, ord)
  join allowance al on al.id = a.allowance_id
  left join lateral (
    select c.subject, sum(c.settled + coalesce(lent.settled, 0) - late.held) as settled,
      sum(coalesce(lent.held, 0) + late.held) as held, sum(coalesce(lent.leased, 0)) as leased
    from allowance_counter c
    cross join lateral (
      select sum(settled) as settled, sum(held) as held, sum(greatest(0, granted - settled - held)) as leased
      from allowance_lease where counter_id = c.id
    ) lent
    cross join lateral (${HELD_OF_PENDING}) late
    where c.allowance_id = a.allowance_id and c.epoch = a.epoch and (a.subject is null or c.subject = a.subject)
      and c.window_start between a.since and a.start
    group by c.subject
    order by 2 desc, 1 limit 200
  ) used on true
  order by a.ord, used.settled desc, used.subject`;
