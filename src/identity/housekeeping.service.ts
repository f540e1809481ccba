import { Injectable, Logger, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
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
export class IdentityHousekeeping implements OnModuleInit, OnModuleDestroy {
  private readonly logger = new Logger(IdentityHousekeeping.name);
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly database: DataSource,
    private readonly leader: Leader,
  ) {}

  onModuleInit(): void {
    this.timer = setInterval(() => void this.cleanIfLeading(), EVERY_MS).unref();
  }

  onModuleDestroy(): void {
    clearInterval(this.timer);
  }

  /** Deletes what has expired. */
  async clean(): Promise<void> {
    for (const statement of EXPIRED) await this.database.query(statement);
  }

  private async cleanIfLeading(): Promise<void> {
    if (!this.leader.isLeader) return;
    await this.clean().catch((error: unknown) => this.logger.warn(`Nothing was cleaned: ${String(error)}`));
  }
}
