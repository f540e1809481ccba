import { Injectable, Logger, type BeforeApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Leader } from '../database/leader.js';
import { forgetOldChanges } from './change-log.js';

const EVERY_MS = 10 * 60_000;

/** Keeps the log of changes short. One process of the installation does it, now and then. */
@Injectable()
export class ChangeLogCleaner implements OnModuleInit, BeforeApplicationShutdown {
  private readonly logger = new Logger(ChangeLogCleaner.name);
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly leader: Leader,
    private readonly database: DataSource,
  ) {}

  onModuleInit(): void {
    this.timer = setInterval(() => void this.clean(), EVERY_MS).unref();
  }

  beforeApplicationShutdown(): void {
    clearInterval(this.timer);
  }

  /** Forgets old changes if this process leads. */
  async clean(): Promise<void> {
    if (!this.leader.isLeader) return;
    await forgetOldChanges(this.database.manager).catch((error: unknown) =>
      this.logger.warn(`Old configuration changes were not removed: ${String(error)}`),
    );
  }
}
