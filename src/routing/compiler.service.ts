import { Injectable, Logger } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { CurrentSnapshot } from '../snapshot/current-snapshot.js';
import type { Snapshot } from '../snapshot/snapshot.js';
import { readChanges, readRevision } from './change-log.js';
import { CredentialLoader, type LoadedCredentials } from './credential-loader.service.js';
import { ReadingConnection } from './reading-connection.js';
import { SnapshotBuilder } from './snapshot-builder.service.js';

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
  readonly credentials: LoadedCredentials;
}

/**
 * Keeps the snapshot at the newest committed revision. One compile runs at a time and reads one moment of the database,
 * so nothing older can follow something newer. When it fails the snapshot stays as it is, and the next try is near.
 */
@Injectable()
export class Compiler {
  private readonly logger = new Logger(Compiler.name);
  private running: Promise<void> | undefined;
  private isDirty = false;
  private isStopped = false;
  private appliedAt: Date | null = null;
  private checkedAt: Date | null = null;
  private lastError: CompilerState['lastError'] = null;
  private readonly reading: ReadingConnection;

  constructor(
    database: DataSource,
    private readonly current: CurrentSnapshot,
    private readonly builder: SnapshotBuilder,
    private readonly credentials: CredentialLoader,
  ) {
    this.reading = new ReadingConnection(database);
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

  /** Ends its work: what is under way is finished, what comes later is not begun. */
  async stop(): Promise<void> {
    this.isStopped = true;
    await this.running;
    await this.reading.close();
  }

  private async work(): Promise<void> {
    while (this.isDirty && !this.isStopped) {
      this.isDirty = false;
      await this.apply().then(
        () => this.succeeded(),
        (error: unknown) => this.failed(error),
      );
    }
    this.running = undefined;
  }

  private async apply(): Promise<void> {
    if (await this.isCurrent()) return;
    const { snapshot, credentials } = await this.reading.atOneMoment((manager) => this.compile(manager));
    credentials.apply(); // first: a provider must not be there without its credential
    this.current.replace(snapshot);
    this.appliedAt = new Date();
  }

  private async isCurrent(): Promise<boolean> {
    if (!this.current.isReady) return false;
    const { revision } = this.current.get();
    const newest = await this.reading.query(readRevision);
    if (newest < revision) {
      throw new Error(`Postgres has gone back to revision ${newest}. After restoring a backup restart this server.`);
    }
    return newest === revision && !this.credentials.isStale;
  }

  private async compile(manager: EntityManager): Promise<Compiled> {
    const revision = await readRevision(manager);
    const before = this.current.get();
    const changed = this.current.isReady ? await readChanges(manager, before.revision, revision) : null;
    const credentials = await this.credentials.load(manager, changed);
    if (changed) return { snapshot: await this.builder.changes(manager, before, changed, revision), credentials };
    const startedAt = performance.now();
    const snapshot = await this.builder.all(manager, revision);
    this.logger.log(`Compiled revision ${revision} in ${Math.round(performance.now() - startedAt)} ms.`);
    return { snapshot, credentials };
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
