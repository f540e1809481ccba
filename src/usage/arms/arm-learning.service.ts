import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { DataSource } from 'typeorm';
import { Leader } from '../../database/leader.js';
import { CurrentSnapshot } from '../../snapshot/current-snapshot.js';
import { CurrentViews } from '../../snapshot/current-views.js';
import { COUNT_SLOTS, READ_ARMS } from './arms.sql.js';
import { learnedShares, type ArmRow } from './learned-shares.js';

const EVERY_MS = 10_000;
/** The ledger is a few seconds behind; what comes later than this is not learned from. */
const RECOUNT_MS = 15 * 60_000;
const SLOT_MS = 5 * 60_000;
const HALF_LIFE = '1 day';
const KEPT = '30 days';

/**
 * Learns which targets are best, in the background: the leader counts rewards from the ledger, and every process takes
 * over what is known. Nothing is done as long as no profile asks for it.
 */
@Injectable()
export class ArmLearning implements OnApplicationShutdown {
  private readonly logger = new Logger(ArmLearning.name);
  private turn: Promise<void> | undefined;

  constructor(
    private readonly leader: Leader,
    private readonly database: DataSource,
    private readonly snapshot: CurrentSnapshot,
    private readonly views: CurrentViews,
  ) {}

  /** The turn in hand still needs the database. */
  async onApplicationShutdown(): Promise<void> {
    await this.turn;
  }

  @Interval(EVERY_MS)
  protected run(): void {
    this.turn ??= this.refresh()
      .catch((error: unknown) => this.logger.warn(`Nothing was learned this time: ${String(error)}`))
      .finally(() => (this.turn = undefined));
  }

  /** Counts what is new if this process leads, and takes over what is known. */
  async refresh(): Promise<void> {
    const profiles = [...this.snapshot.get().profiles.values()].filter((each) => each.routing?.strategy === 'thompson');
    if (profiles.length === 0) return;
    const ids = profiles.map(({ id }) => id);
    if (this.leader.isLeader) await this.count(ids, [...new Set(profiles.map(({ tenantId }) => tenantId))]);
    const rows = await this.database.query<ArmRow[]>(READ_ARMS, [ids, HALF_LIFE]);
    this.views.arms = learnedShares(profiles, rows);
  }

  private async count(profileIds: readonly string[], tenantIds: readonly string[]): Promise<void> {
    const since = Math.floor((Date.now() - RECOUNT_MS) / SLOT_MS) * SLOT_MS;
    await this.database.query(COUNT_SLOTS, [profileIds, new Date(since), tenantIds]);
    await this.database.query(`delete from routing_arm_slot where slot_start < now() - $1::interval`, [KEPT]);
  }
}
