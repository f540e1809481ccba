import { Injectable, Logger } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { DataSource } from 'typeorm';
import { Config } from '../config/config.js';
import { Leader } from '../database/leader.js';
import { trimKeys } from './keyed-rows.js';

const EVERY_MS = 60_000;

/** Keeps the kept answers within their bounds, every minute, in the leading process. */
@Injectable()
export class KeyedUpkeep {
  private readonly logger = new Logger(KeyedUpkeep.name);

  constructor(
    private readonly database: DataSource,
    private readonly leader: Leader,
    private readonly config: Config,
  ) {}

  /** Deletes what is over, and the oldest of what is too much. */
  async trim(): Promise<void> {
    const { idempotencyMaxKeys: keysPerToken, idempotencyMaxBytes: bytes } = this.config;
    await trimKeys(this.database, { keysPerToken, bytes });
  }

  @Interval(EVERY_MS)
  protected async trimIfLeading(): Promise<void> {
    if (!this.leader.isLeader) return;
    await this.trim().catch((error: unknown) => this.logger.warn(`Kept answers were not trimmed: ${String(error)}`));
  }
}
