import { Logger } from '@nestjs/common';
import fs from 'node:fs';
import { join } from 'node:path';
import { Durability, type FsyncMode } from './durability.js';
import { entryText } from './entry-text.js';
import { JournalReader, type BatchLimits, type JournalBatch } from './journal-reader.js';
import type { LedgerEntry } from './ledger-entry.js';
import { orphanFolders, releaseFolder, takeFolder } from './process-folder.js';
import { SegmentWriter, type DiskCalls } from './segment-writer.js';
import { isSegmentName, waitingSince, type Segment } from './segment.js';
import { Staging } from './staging.js';

const SEGMENT_BYTES = 16 * 1024 * 1024;
/** A drained segment of this size is ended, so that a crash replays little; a smaller one when it was idle. */
const WORTH_ENDING_BYTES = 1024 * 1024;
const IDLE_MS = 2000;
const RETRY_MS = 250;
/** What is kept in memory while the disk refuses it. */
const MAX_STAGED_BYTES = 32 * 1024 * 1024;

export interface JournalOptions {
  /** The folder that all processes' folders are in. */
  readonly root: string;
  readonly fsync: FsyncMode;
  /** Above this much waiting, no new call is accepted. */
  readonly maxBytes: number;
  readonly disk?: DiskCalls;
}

/**
 * The durable queue of finished attempts: what is appended is in a file before the answer ends, and is read from there
 * into the ledger. One write a tick; nothing here waits for Postgres.
 */
export class Journal {
  private readonly logger = new Logger(Journal.name);
  private readonly segments: Segment[] = [];
  private readonly staging = new Staging(MAX_STAGED_BYTES);
  private readonly durability: Durability;
  private readonly writer: SegmentWriter;
  private readonly reader: JournalReader;
  private readonly folderName = takeFolder();
  private tick: PromiseWithResolvers<void> | undefined;
  private retry: NodeJS.Timeout | undefined;
  private lastAppendAt = 0;
  private appended = 0;
  private confirmed = 0;
  private lost = 0;
  private failures = 0;

  private constructor(private readonly options: JournalOptions) {
    const folder = join(options.root, this.folderName);
    fs.mkdirSync(folder, { recursive: true, mode: 0o700 });
    this.durability = new Durability(options.fsync, (error) => {
      this.failures += 1;
      this.logger.error(`The journal can't be synced: ${String(error)}`);
    });
    const maxBytes = Math.min(SEGMENT_BYTES, Math.ceil(options.maxBytes / 4));
    const writerOptions = { maxBytes, durability: this.durability, disk: options.disk ?? fs };
    this.writer = new SegmentWriter(folder, writerOptions, this.segments);
    this.reader = new JournalReader(options.root, this.segments, (segment) => this.endIfWorthwhile(segment));
  }

  /** Opens this process's folder and takes over what processes that are gone left behind. */
  static open(options: JournalOptions): Journal {
    const journal = new Journal(options);
    journal.adoptOrphans();
    return journal;
  }

  /**
   * Resolves once the entry is in the file (and synced, when configured so). While the disk refuses, it is kept in memory
   * and tried again, and the promise resolves all the same: an answer that was paid for is not held back.
   */
  append(entry: LedgerEntry): Promise<void> {
    if (!this.staging.add(entryText(entry))) {
      if (this.lost === 0)
        this.logger.error('There is no room to keep what the disk refuses: journal entries are lost.');
      this.lost += 1;
      return Promise.resolve();
    }
    this.appended += 1;
    if (!this.tick) {
      this.tick = Promise.withResolvers();
      setImmediate(() => this.flush());
    }
    const { promise } = this.tick;
    if (this.staging.isFull && !this.retry) this.flush();
    return promise;
  }

  /** False when too much waits to be drained, or the disk refuses writes: new calls are to be answered 503. */
  isAccepting(): boolean {
    return this.retry === undefined && this.waitingBytes < this.options.maxBytes;
  }

  /** The oldest entries that are not confirmed; the same again until they are. `null` when there are none. */
  readBatch(limits: BatchLimits): Promise<JournalBatch | null> {
    if (!this.retry) this.flush(); // what was appended in this tick is read, too
    return this.reader.read(limits);
  }

  /** The batch up to `position` is safe elsewhere: its space is given back. */
  async confirm({ json, position }: JournalBatch): Promise<void> {
    this.confirmed += json.length;
    await this.reader.confirm(position);
  }

  /** Takes over the segments of processes that are gone; returns how many. Call it now and then. */
  adoptOrphans(): number {
    const adopted = orphanFolders(this.options.root).flatMap((name) => this.adoptFolder(name));
    this.segments.unshift(...adopted.toSorted((a, b) => (a.name < b.name ? -1 : 1)));
    return adopted.length;
  }

  /** Bytes that wait to be drained. */
  get waitingBytes(): number {
    let bytes = this.staging.size;
    for (const { size, confirmed } of this.segments) bytes += size - confirmed;
    return bytes;
  }

  /** Counters since the start, and gauges. */
  get metrics(): JournalMetrics {
    const since = this.segments.map(waitingSince).filter((at) => at !== null);
    return {
      waitingBytes: this.waitingBytes,
      stagedEntries: this.staging.entries,
      segments: this.segments.length,
      oldestAgeMs: since.length === 0 ? 0 : Math.max(0, Date.now() - Math.min(...since)),
      appendedEntries: this.appended,
      confirmedEntries: this.confirmed,
      lostEntries: this.lost,
      diskErrors: this.failures,
      damagedSegments: this.reader.damaged,
    };
  }

  /** Writes and syncs what is left. Drained segments are deleted, others wait for the next process. */
  async close(): Promise<void> {
    this.flush();
    clearTimeout(this.retry);
    if (this.staging.entries > 0) this.logger.error(`${this.staging.entries} journal entries are lost.`);
    this.writer.rotate();
    await this.durability.close();
    await this.reader.removeDone();
    releaseFolder(this.folderName);
    removeIfEmpty(join(this.options.root, this.folderName));
  }

  private flush(): void {
    const tick = this.tick;
    this.tick = undefined;
    if (this.staging.size === 0) return tick?.resolve();
    try {
      this.writer.write(this.staging.frames, () => tick?.resolve());
      this.staging.clear();
      this.lastAppendAt = Date.now();
      this.recovered();
    } catch (error) {
      this.failed(error);
      tick?.resolve();
    }
  }

  private failed(error: unknown): void {
    this.failures += 1;
    if (!this.retry) this.logger.error(`The journal can't be written, so new calls get 503: ${String(error)}`);
    clearTimeout(this.retry);
    this.retry = setTimeout(() => this.flush(), RETRY_MS).unref();
  }

  private recovered(): void {
    if (!this.retry) return;
    clearTimeout(this.retry);
    this.retry = undefined;
    this.logger.log('The journal can be written again.');
  }

  private endIfWorthwhile(segment: Segment): void {
    if (!segment.isOpen || segment.size === 0) return;
    if (segment.size >= WORTH_ENDING_BYTES || Date.now() - this.lastAppendAt > IDLE_MS) this.writer.rotate();
  }

  /** A rename is atomic: of two processes that want the same segment one gets it, the other finds it gone. */
  private adoptFolder(name: string): Segment[] {
    const from = join(this.options.root, name);
    const adopted = fs
      .readdirSync(from)
      .filter(isSegmentName)
      .flatMap((file) => adoptSegment(join(from, file), join(this.options.root, this.folderName, file), file));
    removeIfEmpty(from);
    return adopted;
  }
}

/** What the journal tells of itself; sizes in bytes, ages in milliseconds. */
export interface JournalMetrics {
  readonly waitingBytes: number;
  readonly stagedEntries: number;
  readonly segments: number;
  readonly oldestAgeMs: number;
  readonly appendedEntries: number;
  readonly confirmedEntries: number;
  readonly lostEntries: number;
  readonly diskErrors: number;
  readonly damagedSegments: number;
}

function adoptSegment(from: string, path: string, name: string): Segment[] {
  try {
    fs.renameSync(from, path);
    return [{ name, path, size: fs.statSync(path).size, confirmed: 0, isOpen: false, marks: [] }];
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

function removeIfEmpty(folder: string): void {
  try {
    fs.rmdirSync(folder);
  } catch {
    // something is left in it
  }
}
