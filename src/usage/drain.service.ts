import { Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { setTimeout as sleep } from 'node:timers/promises';
import { Config } from '../config/config.js';
import { Journal } from '../journal/journal.js';
import { Ledger } from './ledger.service.js';
import { Months } from './months.service.js';

const BATCH = { maxBytes: 1024 * 1024, maxEntries: 2000 };
/**
 * Less than this waits for the next time. A batch costs Postgres some 10 ms however small it is: one after the other, each of what
 * came during the last, would keep a core of it busy under any steady load.
 */
const WORTH_A_BATCH_BYTES = BATCH.maxBytes / 2;
const EVERY_MS = 250;
const LONGEST_BACKOFF_MS = 10_000;
const ADOPT_EVERY_MS = 30_000;

/** Counters since the start. */
export interface DrainMetrics {
  readonly requests: number;
  readonly attempts: number;
  readonly rejectedEntries: number;
  readonly failures: number;
}

/** Moves the journal into the ledger, batch after batch, as long as the process lives. */
@Injectable()
export class Drain implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger(Drain.name);
  private readonly stop = new AbortController();
  private loop: Promise<void> | undefined;
  private draining: Promise<void> | undefined;
  private failuresInARow = 0;
  private adoptedAt = Date.now();
  private counters: DrainMetrics = { requests: 0, attempts: 0, rejectedEntries: 0, failures: 0 };

  constructor(
    private readonly journal: Journal,
    private readonly ledger: Ledger,
    private readonly months: Months,
    private readonly config: Config,
  ) {}

  get metrics(): DrainMetrics {
    return this.counters;
  }

  onApplicationBootstrap(): void {
    this.loop = this.run();
  }

  /** Drains what is left. What can't be drained within the grace stays in the journal for the next start. */
  async onApplicationShutdown(): Promise<void> {
    this.stop.abort();
    await this.loop;
    const deadline = AbortSignal.timeout(this.config.shutdownGraceSeconds * 1000);
    await this.drain(deadline).catch((error: unknown) => {
      this.logger.warn(`${this.journal.waitingBytes} bytes stay in the journal for the next start: ${String(error)}`);
    });
  }

  /** Drains until nothing waits, or `signal` says stop. Throws when Postgres is away. */
  async drain(signal?: AbortSignal): Promise<void> {
    await this.drainDownTo(0, signal);
  }

  private async run(): Promise<void> {
    await this.attempt(() => this.months.prepare());
    while (!this.stop.signal.aborted) {
      await this.attempt(async () => {
        this.adoptNowAndThen();
        await this.drainDownTo(WORTH_A_BATCH_BYTES, this.stop.signal);
      });
      await sleep(this.pauseMs, undefined, { signal: this.stop.signal, ref: false }).catch(() => undefined);
    }
  }

  /** A batch at least, and more as long as that many bytes wait. */
  private async drainDownTo(bytes: number, signal?: AbortSignal): Promise<void> {
    while (this.draining) await this.draining.catch(() => undefined);
    this.draining = this.drainBatches(bytes, signal).finally(() => (this.draining = undefined));
    await this.draining;
  }

  private async drainBatches(downTo: number, signal?: AbortSignal): Promise<void> {
    let isWorthIt = true;
    while (isWorthIt && !signal?.aborted) {
      const batch = await this.journal.readBatch(BATCH);
      if (!batch) return;
      const { requests, attempts, rejected } = await this.ledger.store(batch.json, batch.jsonb);
      await this.journal.confirm(batch);
      this.counters = {
        ...this.counters,
        requests: this.counters.requests + requests,
        attempts: this.counters.attempts + attempts,
        rejectedEntries: this.counters.rejectedEntries + rejected,
      };
      isWorthIt = this.journal.waitingBytes >= downTo;
    }
  }

  private async attempt(work: () => Promise<void>): Promise<void> {
    try {
      await work();
      if (this.failuresInARow > 0) this.logger.log('The journal is being drained again.');
      this.failuresInARow = 0;
    } catch (error) {
      if (this.failuresInARow === 0) this.logger.warn(`The journal can't be drained and grows: ${String(error)}`);
      this.failuresInARow += 1;
      this.counters = { ...this.counters, failures: this.counters.failures + 1 };
    }
  }

  private get pauseMs(): number {
    return Math.min(LONGEST_BACKOFF_MS, EVERY_MS * 2 ** Math.min(this.failuresInARow, 10));
  }

  private adoptNowAndThen(): void {
    if (Date.now() - this.adoptedAt < ADOPT_EVERY_MS) return;
    this.adoptedAt = Date.now();
    const adopted = this.journal.adoptOrphans();
    if (adopted > 0) this.logger.log(`Took over ${adopted} journal segments of a process that is gone.`);
  }
}
