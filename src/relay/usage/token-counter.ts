import { Worker } from 'node:worker_threads';
import type { CountJob, CountResult } from './token-worker.js';

/** Tokens of a call, counted by us because the provider did not say. */
export interface TokenCount {
  readonly inputTokens: number;
  readonly outputTokens: number;
}

const MAX_WAITING_JOBS = 1000;
const MAX_WAITING_BYTES = 64 * 1024 * 1024;
const IDLE_MS = 60_000;
const JOB_MS = 10_000;
/** English prose has about four bytes a token. */
const BYTES_PER_TOKEN = 4;

interface Waiting {
  readonly bytes: number;
  readonly settle: (count: TokenCount) => void;
  readonly rough: TokenCount;
  readonly timer: NodeJS.Timeout;
}

/**
 * Counts tokens with a real tokenizer (o200k) in a thread of its own, which is started when first needed and ends when
 * idle. It always answers: when the thread is overloaded, late or dead, by the size of the text.
 */
export class TokenCounter {
  private worker: Worker | undefined;
  private idle: NodeJS.Timeout | undefined;
  private lastId = 0;
  private waitingBytes = 0;
  private readonly waiting = new Map<number, Waiting>();

  /** Counts a request's prompt (JSON text of its messages or input) and the generated text (escaped as in JSON). */
  count(prompt: string, output: string): Promise<TokenCount> {
    const bytes = prompt.length + output.length;
    const rough = { inputTokens: byBytes(prompt), outputTokens: byBytes(output) };
    const isFull = this.waiting.size >= MAX_WAITING_JOBS || this.waitingBytes + bytes > MAX_WAITING_BYTES;
    if (isFull || bytes === 0) return Promise.resolve(rough);
    return new Promise((settle) => {
      const id = ++this.lastId;
      const timer = setTimeout(() => this.finish(id, rough), JOB_MS);
      this.waiting.set(id, { bytes, settle, rough, timer });
      this.waitingBytes += bytes;
      const job: CountJob = { id, prompt, output };
      this.thread().postMessage(job);
    });
  }

  /** How many counts are under way. */
  get waitingJobs(): number {
    return this.waiting.size;
  }

  /** Ends the thread; counts under way are answered by size. */
  async close(): Promise<void> {
    clearTimeout(this.idle);
    const worker = this.worker;
    this.worker = undefined;
    this.giveUp();
    await worker?.terminate();
  }

  private thread(): Worker {
    clearTimeout(this.idle);
    if (this.worker) return this.worker;
    const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
    const worker = new Worker(new URL(`./token-worker.${extension}`, import.meta.url));
    worker.unref();
    worker.on('message', ({ id, ...count }: CountResult) => this.finish(id, count));
    worker.on('error', () => this.giveUp());
    worker.on('exit', () => {
      if (this.worker === worker) this.worker = undefined;
    });
    this.worker = worker;
    return worker;
  }

  private finish(id: number, count: TokenCount): void {
    const job = this.waiting.get(id);
    if (!job) return;
    this.waiting.delete(id);
    this.waitingBytes -= job.bytes;
    clearTimeout(job.timer);
    job.settle(count);
    if (this.waiting.size === 0) this.restSoon();
  }

  private restSoon(): void {
    clearTimeout(this.idle);
    this.idle = setTimeout(() => void this.close(), IDLE_MS);
    this.idle.unref();
  }

  private giveUp(): void {
    for (const [id, { rough }] of this.waiting) this.finish(id, rough);
  }
}

function byBytes(text: string): number {
  return Math.ceil(Buffer.byteLength(text) / BYTES_PER_TOKEN);
}
