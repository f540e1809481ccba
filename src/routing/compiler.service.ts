import { Injectable, Logger, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { ChangeFeed } from '../database/change-feed.js';
import { CurrentSnapshot } from '../snapshot/current-snapshot.js';
import type { Snapshot } from '../snapshot/snapshot.js';
import { readChanges, readRevision, type ChangedIds } from './change-log.js';
import { compileAll, compileChanges } from './compile.js';

/** How the compiled configuration stands in this process. */
export interface CompilerState {
  /** The configuration revision in force. */
  readonly revision: number;
  /** When it came into force; `null` before the first compile. */
  readonly appliedAt: Date | null;
  /** When this process last made sure that there is nothing newer. */
  readonly checkedAt: Date | null;
  /** Why the newest revision is not in force; `null` when it is. */
  readonly lastError: { readonly message: string; readonly at: Date } | null;
}

interface Compiled {
  readonly snapshot: Snapshot;
  /** `null`: everything was read. */
  readonly changed: ChangedIds | null;
}

/**
 * Keeps the snapshot at the newest committed revision. One compile runs at a time and reads one moment of the database,
 * so nothing older can follow something newer. When it fails the snapshot stays as it is, and the next try is near.
 */
@Injectable()
export class Compiler implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(Compiler.name);
  private running: Promise<void> | undefined;
  private isDirty = false;
  private unsubscribe: (() => void) | undefined;
  private appliedAt: Date | null = null;
  private checkedAt: Date | null = null;
  private lastError: CompilerState['lastError'] = null;

  constructor(
    private readonly database: DataSource,
    private readonly feed: ChangeFeed,
    private readonly current: CurrentSnapshot,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    await this.refresh();
    this.unsubscribe = this.feed.subscribe(() => void this.refresh());
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.unsubscribe?.();
    await this.running;
  }

  get state(): CompilerState {
    const { appliedAt, checkedAt, lastError } = this;
    return { revision: this.current.get().revision, appliedAt, checkedAt, lastError };
  }

  /** Brings in what was committed before the call. It never throws: `state.lastError` says what went wrong. */
  refresh(): Promise<void> {
    this.isDirty = true;
    this.running ??= this.work();
    return this.running;
  }

  private async work(): Promise<void> {
    while (this.isDirty) {
      this.isDirty = false;
      await this.apply().then(
        () => this.succeeded(),
        (error: unknown) => this.failed(error),
      );
    }
    this.running = undefined;
  }

  private async apply(): Promise<void> {
    if (this.current.isReady && (await readRevision(this.database.manager)) === this.current.get().revision) return;
    const { snapshot } = await this.atOneMoment((manager) => this.compile(manager));
    if (!this.current.replace(snapshot)) {
      throw new Error(
        `Postgres is at revision ${snapshot.revision}, behind the ${this.current.get().revision} in force here. ` +
          `If it was restored from a backup, restart this server.`,
      );
    }
    this.appliedAt = new Date();
  }

  private async compile(manager: EntityManager): Promise<Compiled> {
    const revision = await readRevision(manager);
    const before = this.current.get();
    const changed = this.current.isReady ? await readChanges(manager, before.revision, revision) : null;
    if (changed) return { snapshot: await compileChanges(manager, before, changed, revision), changed };
    const startedAt = performance.now();
    const snapshot = await compileAll(manager, revision);
    this.logger.log(`Compiled revision ${revision} in ${Math.round(performance.now() - startedAt)} ms.`);
    return { snapshot, changed };
  }

  private atOneMoment<T>(read: (manager: EntityManager) => Promise<T>): Promise<T> {
    return this.database.transaction('REPEATABLE READ', async (manager) => {
      await manager.query(`set transaction read only`);
      await manager.query(`set local jit = off`); // planning for machine code takes longer than these queries
      return read(manager);
    });
  }

  private succeeded(): void {
    if (this.lastError) this.logger.log(`The configuration is current again, at revision ${this.state.revision}.`);
    this.lastError = null;
    this.checkedAt = new Date();
  }

  private failed(error: unknown): void {
    const message = error instanceof Error ? error.message : String(error);
    if (this.lastError?.message !== message) {
      this.logger.error(`The configuration stays at revision ${this.state.revision}: ${message}`);
    }
    this.lastError = { message, at: new Date() };
  }
}
