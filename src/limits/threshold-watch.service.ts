import { Injectable, Logger } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { DataSource } from 'typeorm';
import { Leader } from '../database/leader.js';
import { HELD_OF_PENDING } from './late-charges.js';

const LOOK_EVERY_MS = 5000;

interface Crossing {
  readonly name: string;
  readonly subject: string;
  readonly percent: number;
}

/** Notes once for each window which of an allowance's thresholds were reached. The leader looks every five seconds. */
@Injectable()
export class ThresholdWatch {
  private readonly logger = new Logger(ThresholdWatch.name);

  constructor(
    private readonly database: DataSource,
    private readonly leader: Leader,
  ) {}

  @Interval(LOOK_EVERY_MS)
  async look(): Promise<void> {
    if (!this.leader.isLeader) return;
    try {
      for (const { name, subject, percent } of await this.database.query<Crossing[]>(NOTE_CROSSINGS)) {
        const whose = subject === '' ? '' : ` for ${subject}`;
        this.logger.warn(`The allowance "${name}"${whose} is used up to ${percent} %.`);
      }
    } catch (error) {
      this.logger.debug(`Thresholds of allowances were not looked at: ${String(error)}`);
    }
  }
}

/** A rolling window counts with the pieces before it; only of its newest piece is anything noted. */
const NOTE_CROSSINGS = `
  with spent as (
    select c.allowance_id, c.epoch, c.subject, max(c.window_start) as window_start,
      sum(c.settled + coalesce(lent.settled, 0) - late.held) as settled
    from allowance_counter c
    join allowance a on a.id = c.allowance_id and a.epoch = c.epoch and a.metric not in ('concurrency', 'seconds')
    cross join lateral (select sum(settled) as settled from allowance_lease where counter_id = c.id) lent
    cross join lateral (${HELD_OF_PENDING}) late
    where a.is_enabled
      and (c.window_end is null or c.window_end > now() - make_interval(secs => coalesce(a.rolling_seconds, 0)))
    group by 1, 2, 3
  ), crossed as (
    select spent.*, a.name, threshold as percent,
      a.limit_amount + case when a.raised_until > now() then a.raised_by else 0 end as max
    from spent join allowance a on a.id = spent.allowance_id cross join unnest(a.thresholds) as threshold
  ), noted as (
    insert into allowance_event (allowance_id, epoch, subject, window_start, percent, settled, limit_amount)
    select allowance_id, epoch, subject, window_start, percent, settled, max from crossed
    where settled * 100 >= max * percent and max > 0
    on conflict do nothing
    returning allowance_id, subject, percent
  )
  select a.name, noted.subject, noted.percent from noted join allowance a on a.id = noted.allowance_id
  order by noted.percent`;
