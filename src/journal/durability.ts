import fs from 'node:fs';
import { promisify } from 'node:util';

const fdatasync = promisify(fs.fdatasync);
const SYNC_EVERY_MS = 100;

export type FsyncMode = 'off' | 'interval' | 'always';

/**
 * Decides when written bytes are forced to the disk: never (`off`), within 100 ms (`interval`), or before anyone is told
 * that they are written (`always`; whatever is written during one sync shares the next). The event loop never waits.
 */
export class Durability {
  private readonly dirty = new Set<number>();
  private readonly retired = new Set<number>();
  private waiting: (() => void)[] = [];
  private running: Promise<void> | undefined;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly mode: FsyncMode,
    private readonly onError: (error: unknown) => void,
  ) {}

  /** Bytes were written to `fd`; `done` is called once they are as safe as the mode promises. */
  written(fd: number, done: () => void): void {
    if (this.mode === 'off') return done();
    this.dirty.add(fd);
    if (this.mode === 'interval') {
      this.syncSoon();
      return done();
    }
    this.waiting.push(done);
    if (!this.running) void this.sync();
  }

  /** Nothing more is written to `fd`: it is closed as soon as its bytes are safe. */
  retire(fd: number): void {
    if (!this.dirty.has(fd) && !this.running) return fs.closeSync(fd);
    this.retired.add(fd);
    if (!this.running) void this.sync();
  }

  /** Syncs and closes whatever is left. */
  async close(): Promise<void> {
    clearTimeout(this.timer);
    while (this.running || this.dirty.size > 0 || this.retired.size > 0) await (this.running ?? this.sync());
  }

  private syncSoon(): void {
    this.timer ??= setTimeout(() => void this.sync(), SYNC_EVERY_MS).unref();
  }

  private sync(): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.running ??= this.syncAll().finally(() => {
      this.running = undefined;
      if (this.waiting.length > 0 || this.retired.size > 0) void this.sync();
      else if (this.dirty.size > 0) this.syncSoon();
    });
    return this.running;
  }

  private async syncAll(): Promise<void> {
    const [fds, retired, waiting] = [[...this.dirty], [...this.retired], this.waiting];
    this.dirty.clear();
    this.retired.clear();
    this.waiting = [];
    const results = await Promise.allSettled(fds.map((fd) => fdatasync(fd)));
    for (const result of results) if (result.status === 'rejected') this.onError(result.reason);
    for (const fd of retired) fs.close(fd, () => undefined);
    for (const done of waiting) done();
  }
}
