import { Injectable, Logger } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { DataSource } from 'typeorm';
import { Leader } from '../database/leader.js';

const EVERY_MS = 3_600_000;
/** Providers keep them for 30 days. */
const DAYS = 31;

/** Forgets responses that no provider keeps any longer, every hour, in the leading process. */
@Injectable()
export class KeptResponsesUpkeep {
  private readonly logger = new Logger(KeptResponsesUpkeep.name);

  constructor(
    private readonly database: DataSource,
    private readonly leader: Leader,
  ) {}

  async trim(): Promise<void> {
    await this.database.query(`delete from kept_response where created_at < now() - interval '${DAYS} days'`);
  }

  @Interval(EVERY_MS)
  protected async trimIfLeading(): Promise<void> {
    if (!this.leader.isLeader) return;
    await this.trim().catch((error: unknown) => this.logger.warn(`Kept responses were not trimmed: ${String(error)}`));
  }
}
