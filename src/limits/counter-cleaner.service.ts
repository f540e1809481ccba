import { Injectable, Logger } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { DataSource } from 'typeorm';
import { Leader } from '../database/leader.js';

const CLEAN_EVERY_MS = 60_000;

/** Removes counters of windows that are long over, and those from before a reset, with the leases on them; after 90 days events. */
@Injectable()
export class CounterCleaner {
  private readonly logger = new Logger(CounterCleaner.name);

  constructor(
    private readonly database: DataSource,
    private readonly leader: Leader,
  ) {}

  @Interval(CLEAN_EVERY_MS)
  async clean(): Promise<void> {
    if (!this.leader.isLeader) return;
    try {
      await this.database.query(REMOVE_OLD);
      await this.database.query(REMOVE_OLD_EVENTS);
    } catch (error) {
      this.logger.warn(`Old counters of allowances stay for now: ${String(error)}`);
    }
  }
}

const REMOVE_OLD_EVENTS = `delete from allowance_event where at < now() - interval '90 days'`;

/** An hour for calls that are still under way, and as long as a rolling window looks back. */
const REMOVE_OLD = `
  delete from allowance_counter c using allowance a
  where a.id = c.allowance_id and (c.epoch < a.epoch
    or c.window_end < now() - interval '1 hour' - make_interval(secs => coalesce(a.rolling_seconds, 0)))`;
