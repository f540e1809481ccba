import { Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { newId } from '../common/ids.js';
import { CurrentSnapshot } from '../snapshot/current-snapshot.js';
import type { Counter } from './book/counter.js';
import { Grants } from './book/grants.js';
import { LeaseBook, type Claim } from './book/lease-book.js';
import { DeadWorkers } from './dead-workers.service.js';
import { asksOf, reportsOf, type Exchanged, type LeaseWaiter } from './lease-asks.js';
import type { LeaseMetrics } from './lease-metrics.js';
import {
  grant,
  lockAllowances,
  report,
  signIn,
  type LeaseAsk,
  type LeaseGrant,
  type LeaseReport,
} from './lease-sync.js';

const TICK_MS = 1000;
/** How long a worker that says nothing is taken for alive. */
const TTL_SECONDS = 600;
/** After this long without Postgres no lease is spent: what is under way has until the end of the above to be settled. */
const SPEND_MS = 300_000;
/** Slots of a silent worker are taken back after 30 s; it stops using them before. */
const SLOTS_MS = 20_000;
/** After an outage all workers look dead: so long they have to come back before one is taken for it. */
const STEADY_MS = 30_000;
/** How long a call may wait for a grant. */
const PATIENCE_MS = 2000;
/** For how long Postgres's "no more" is believed. */
const DRY_MS = 100;

/**
 * Keeps the book of leases in step with Postgres: asks for more before a counter runs dry, tells what was spent and
 * gives back what nobody needs. One exchange at a time, so that what is granted here and there can't differ for long.
 */
@Injectable()
export class LeaseKeeper extends Grants implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger(LeaseKeeper.name);
  private waiters: LeaseWaiter[] = [];
  private running: Promise<void> | undefined;
  private isDue = false;
  /** Whether the next exchange is to tell of all counters, not only of those that ask. */
  private isTickDue = false;
  private timer: NodeJS.Timeout | undefined;
  private lastSuccess = 0;
  /** Since when each exchange has come through. */
  private steadySince = Infinity;
  private isSignedIn = false;
  private counts = { syncs: 0, failures: 0, grants: 0 };

  constructor(
    private readonly book: LeaseBook,
    private readonly database: DataSource,
    private readonly dead: DeadWorkers,
    private readonly snapshot: CurrentSnapshot,
  ) {
    super();
    this.book.workerId = newId();
    this.book.onAsk(() => this.schedule());
  }

  get metrics(): LeaseMetrics {
    const { holds, isCutOff, opened, refused } = this.book;
    return { ...this.counts, holds, isCutOff, opened, refused };
  }

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => this.tick(), TICK_MS);
  }

  /** Gives everything back: what was spent is Postgres's to know. */
  async onApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    await this.running;
    if (this.counts.syncs > 0) await this.signOff();
    this.dead.place.leave();
  }

  async more(claim: Claim): Promise<boolean> {
    if (this.book.isCutOff) return false;
    const { promise, resolve } = Promise.withResolvers<boolean>();
    this.waiters.push({ claim, resolve });
    this.book.wish(claim.counter);
    this.schedule();
    const timer = setTimeout(() => resolve(false), PATIENCE_MS);
    return promise.finally(() => clearTimeout(timer));
  }

  /** Resolves once Postgres knows how all leases of this worker stand. */
  async tell(): Promise<void> {
    this.isTickDue = true;
    this.schedule();
    await this.running;
  }

  private async signOff(): Promise<void> {
    for (const counter of this.book.counters()) counter.giveBackAll();
    this.isTickDue = true;
    await this.sync();
    const { workerId } = this.book;
    await this.database
      .transaction((manager) => this.dead.dismiss(manager, workerId))
      .catch((error: unknown) => this.logger.warn(`Leases are left to be taken back: ${String(error)}`));
  }

  private tick(): void {
    if (this.rests()) return;
    this.book.tick(Date.now());
    for (const counter of this.book.counters()) {
      if (this.book.isClosing(counter)) counter.giveBackAll();
      else counter.giveBack();
      if (counter.free < 0) this.book.wish(counter);
    }
    this.setLive();
    this.isTickDue = true;
    this.schedule();
    void this.dead.takeBack(this.book.workerId, performance.now() - this.steadySince > STEADY_MS);
  }

  /** A worker without allowances leaves Postgres alone, and signs in when there are any. */
  private rests(): boolean {
    const isAtRest = this.snapshot.get().allowances.size === 0 && this.book.isEmpty && this.waiters.length === 0;
    if (!isAtRest) return false;
    this.isSignedIn = false;
    this.setLive();
    return true;
  }

  private setLive(): void {
    const age = performance.now() - this.lastSuccess;
    this.book.isLive = this.isSignedIn && age < SPEND_MS;
    this.book.areSlotsLive = this.isSignedIn && age < SLOTS_MS;
  }

  /** Asks at the end of this turn of the event loop, or once the exchange under way is over. */
  private schedule(): void {
    this.isDue = true;
    this.running ??= new Promise<void>((resolve) => setImmediate(resolve)).then(() => this.work());
  }

  private async work(): Promise<void> {
    while (this.isDue) {
      this.isDue = false;
      await this.sync();
    }
    this.running = undefined;
  }

  private async sync(): Promise<void> {
    const waiters = this.waiters;
    this.waiters = [];
    const asks = asksOf(this.book.takeAsking(), waiters);
    const reports = this.reports(asks);
    const sentAt = performance.now();
    try {
      const { grants, wanted, isNew } = await this.exchange(reports, asks);
      const isLost = isNew && this.isSignedIn;
      this.succeeded(sentAt, isLost);
      if (isLost) this.startOver();
      else this.take({ reports, wanted, asks, grants });
      for (const { resolve } of waiters) resolve(!isLost);
    } catch (error) {
      this.failed(error);
      for (const { counter } of asks) {
        counter.wasTold(undefined);
        this.book.wish(counter);
      }
      this.isDue = false; // the next tick tries again
      for (const { resolve } of waiters) resolve(false);
    }
  }

  private exchange(
    reports: readonly LeaseReport[],
    asks: readonly LeaseAsk[],
  ): Promise<{ grants: readonly LeaseGrant[]; wanted: ReadonlySet<string>; isNew: boolean }> {
    const { workerId } = this.book;
    return this.database.transaction(async (manager: EntityManager) => {
      await manager.query(`set local statement_timeout = 5000`);
      const isNew = await signIn(manager, { id: workerId, ttlSeconds: TTL_SECONDS, ...this.dead.place.sign });
      if (isNew && this.isSignedIn) return { grants: [], wanted: new Set<string>(), isNew };
      await lockAllowances(
        manager,
        [...reports, ...asks].map(({ counter }) => counter.entry.id),
      );
      const wanted = await report(manager, workerId, reports);
      return { grants: await grant(manager, workerId, asks), wanted, isNew };
    });
  }

  private reports(asks: readonly LeaseAsk[]): LeaseReport[] {
    const counters = this.isTickDue ? this.book.counters() : asks.map(({ counter }) => counter);
    this.isTickDue = false;
    return reportsOf(counters);
  }

  private take({ reports, wanted, asks, grants }: Exchanged): void {
    for (const told of reports) told.counter.wasTold(told);
    for (const { counter } of reports) counter.isWanted = wanted.has(counter.id ?? '');
    const answered = new Set<Counter>();
    for (const { counter, lease, pool, isDry } of grants) {
      counter.receive(lease, pool);
      const isOver = isDry || pool.remaining === 0 || !counter.isInTime(Date.now());
      counter.dryUntil = isOver ? Date.now() + DRY_MS : 0;
      answered.add(counter);
    }
    this.counts.grants += grants.length;
    for (const { counter } of asks) if (!answered.has(counter)) counter.isVoid = true;
  }

  private succeeded(sentAt: number, isLost: boolean): void {
    if (this.book.isCutOff) this.logger.log('Allowances are kept with Postgres again.');
    const hadSlots = this.book.areSlotsLive;
    this.isSignedIn = !isLost;
    this.lastSuccess = sentAt;
    this.steadySince = Math.min(this.steadySince, sentAt);
    this.book.isCutOff = false;
    this.counts.syncs += 1;
    this.setLive();
    if (!hadSlots) this.loseSlots();
  }

  /** Others took this worker for dead and have taken back what it had. */
  private startOver(): void {
    this.logger.warn('This worker was taken for dead: its leases are gone, and it begins with none.');
    this.book.forget();
    this.book.workerId = newId();
    this.isDue = true;
  }

  /** Slots were taken back in the meantime; those in use are owed. */
  private loseSlots(): void {
    for (const counter of this.book.counters()) {
      if (counter.entry.metric !== 'concurrency') continue;
      counter.granted = 0;
      if (counter.held > 0) this.book.wish(counter);
    }
  }

  private failed(error: unknown): void {
    if (!this.book.isCutOff) this.logger.warn(`Allowances are spent from leases, without Postgres: ${String(error)}`);
    this.book.isCutOff = true;
    this.steadySince = Infinity;
    this.counts.failures += 1;
    this.setLive();
  }
}
