import { Injectable, Logger } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { DataSource } from 'typeorm';
import { Leader } from '../database/leader.js';

const EVERY_MS = 600_000;

const EXPIRED = [
  `delete from idempotency_key where created_at < now() - interval '24 hours'`,
  `delete from sign_in_attempt where last_at < now() - interval '1 day'`,
  `delete from session where expires_at < now()`,
];

/** Deletes what has expired, every ten minutes, in the leading process. */
@Injectable()
export class IdentityHousekeeping {
  private readonly logger = new Logger(IdentityHousekeeping.name);

  constructor(
    private readonly database: DataSource,
    private readonly leader: Leader,
  ) {}

  /** Deletes what has expired. */
  async clean(): Promise<void> {
    for (const statement of EXPIRED) await this.database.query(statement);
  }

  @Interval(EVERY_MS)
  protected async cleanIfLeading(): Promise<void> {
    if (!this.leader.isLeader) return;
    await this.clean().catch((error: unknown) => this.logger.warn(`Nothing was cleaned: ${String(error)}`));
  }
}
