import { Injectable, Logger } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { DataSource } from 'typeorm';
import { Leader } from '../database/leader.js';
import { forgetOldChanges } from './change-log.js';

const EVERY_MS = 10 * 60_000;

/** Keeps the log of changes short. One process of the installation does it, now and then. */
@Injectable()
export class ChangeLogCleaner {
  private readonly logger = new Logger(ChangeLogCleaner.name);

  constructor(
    private readonly leader: Leader,
    private readonly database: DataSource,
  ) {}

  /** Forgets old changes if this process leads. */
  @Interval(EVERY_MS)
  async clean(): Promise<void> {
    if (!this.leader.isLeader) return;
    await forgetOldChanges(this.database.manager).catch((error: unknown) =>
      this.logger.warn(`Old configuration changes were not removed: ${String(error)}`),
    );
  }
}
