import { Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { Leader } from '../database/leader.js';
import { Months } from './months.service.js';
import { Payloads } from './payloads.service.js';

const EVERY_MS = 15 * 60 * 1000;

/** What the leader does for the ledger now and then: next month's partitions, old months, expired captures. */
@Injectable()
export class LedgerUpkeep implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger(LedgerUpkeep.name);
  private unsubscribe: (() => void) | undefined;
  private turn: Promise<void> | undefined;

  constructor(
    private readonly leader: Leader,
    private readonly months: Months,
    private readonly payloads: Payloads,
  ) {}

  onApplicationBootstrap(): void {
    this.unsubscribe = this.leader.onElected(() => this.run());
  }

  /** The turn in hand still needs the database. */
  async onApplicationShutdown(): Promise<void> {
    this.unsubscribe?.();
    await this.turn;
  }

  @Interval(EVERY_MS)
  protected run(): void {
    if (!this.leader.isLeader || this.turn) return;
    this.turn = this.work().finally(() => (this.turn = undefined));
  }

  private async work(): Promise<void> {
    try {
      await this.months.prepare();
      await this.months.dropOld();
      await this.payloads.deleteExpired();
    } catch (error) {
      this.logger.warn(`The ledger's upkeep waits for its next turn: ${String(error)}`);
    }
  }
}
