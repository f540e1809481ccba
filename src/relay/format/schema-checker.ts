import { createHash } from 'node:crypto';
import { Worker } from 'node:worker_threads';
import type { OnApplicationShutdown } from '@nestjs/common';
import type { SchemaJob, SchemaMessage, Verdict } from './schema-worker.js';

/** What came of a check, if it came to an end. */
export type Checked =
  | Verdict
  /** It took too long, or too much memory. */
  | { readonly kind: 'too_costly' }
  /** Too many others wait. */
  | { readonly kind: 'busy' };

const MAX_WAITING_JOBS = 1000;
const MAX_WAITING_BYTES = 64 * 1024 * 1024;
const IDLE_MS = 60_000;
const JOB_MS = 3000;
const MAX_HEAP_MB = 128;

interface Waiting {
  readonly job: SchemaJob;
  readonly bytes: number;
  readonly settle: (checked: Checked) => void;
}

/**
 * Checks JSON with schemas that callers bring, in a thread of its own: neither an expression that never ends nor a schema
 * that eats all memory reaches the others. The thread is started when first needed, ends when idle, and is ended when a
 * check takes too long.
 */
export class SchemaChecker implements OnApplicationShutdown {
  private worker: Worker | undefined;
  private isReady = false;
  private idle: NodeJS.Timeout | undefined;
  private late: NodeJS.Timeout | undefined;
  private current: Waiting | undefined;
  private readonly queue: Waiting[] = [];
  private waitingBytes = 0;
  private lastId = 0;

  /** `maxJobMs`: how long one check may take. */
  constructor(private readonly maxJobMs = JOB_MS) {}

  /** Says whether the JSON text fits the schema; without a text, whether it is a schema. Never rejects. */
  check(schema: string, text?: string): Promise<Checked> {
    const bytes = schema.length + (text?.length ?? 0);
    if (this.queue.length >= MAX_WAITING_JOBS || this.waitingBytes + bytes > MAX_WAITING_BYTES) {
      return Promise.resolve({ kind: 'busy' });
    }
    const key = createHash('sha256').update(schema).digest('base64');
    return new Promise((settle) => {
      this.queue.push({ job: { id: ++this.lastId, key, schema, text }, bytes, settle });
      this.waitingBytes += bytes;
      this.next();
    });
  }

  /** How many checks are not done yet. */
  get waitingJobs(): number {
    return this.queue.length + Number(this.current !== undefined);
  }

  /** Ends the thread; nobody waits any longer. */
  async close(): Promise<void> {
    const { worker } = this;
    this.forget();
    for (const each of this.queue.splice(0)) this.settle(each, { kind: 'busy' });
    this.finish({ kind: 'busy' });
    await worker?.terminate();
  }

  /** Nest calls it once the server is closed. */
  onApplicationShutdown(): Promise<void> {
    return this.close();
  }

  /** One at a time: so whatever takes too long is known. */
  private next(): void {
    if (this.current) return;
    this.current = this.queue.shift();
    if (!this.current) return;
    this.thread().postMessage(this.current.job);
    if (this.isReady) this.watch();
  }

  private watch(): void {
    this.late = setTimeout(() => this.abandon(), this.maxJobMs);
  }

  private thread(): Worker {
    clearTimeout(this.idle);
    if (this.worker) return this.worker;
    const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
    const worker = new Worker(new URL(`./schema-worker.${extension}`, import.meta.url), {
      resourceLimits: { maxOldGenerationSizeMb: MAX_HEAP_MB },
    });
    worker.unref();
    worker.on('message', (message: SchemaMessage) => this.take(worker, message));
    worker.on('error', () => {}); // it exits next
    worker.on('exit', () => this.worker === worker && this.abandon());
    this.worker = worker;
    return worker;
  }

  private take(worker: Worker, message: SchemaMessage): void {
    if (this.worker !== worker) return; // it was given up
    if (message === 'ready') {
      this.isReady = true;
      if (this.current) this.watch();
    } else this.finish(message.verdict);
  }

  /** The thread does not answer any more: the next check gets another. */
  private abandon(): void {
    const { worker } = this;
    this.forget();
    void worker?.terminate();
    this.finish({ kind: 'too_costly' });
  }

  private forget(): void {
    clearTimeout(this.idle);
    clearTimeout(this.late);
    this.worker = undefined;
    this.isReady = false;
  }

  private finish(checked: Checked): void {
    const { current } = this;
    this.current = undefined;
    clearTimeout(this.late);
    if (current) this.settle(current, checked);
    this.next();
    if (!this.current && this.worker) this.restSoon();
  }

  private settle({ bytes, settle }: Waiting, checked: Checked): void {
    this.waitingBytes -= bytes;
    settle(checked);
  }

  private restSoon(): void {
    clearTimeout(this.idle);
    this.idle = setTimeout(() => void this.close(), IDLE_MS);
    this.idle.unref();
  }
}
