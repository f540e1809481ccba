import { EventEmitter } from 'node:events';
import { sendWhole } from './answer.js';
import type { ClientAnswer } from './client-answer.js';

/** These are of one call, not of its answer. */
const OWN_HEADERS =
  /^(x-request-id|request-id|connection|access-control-expose-headers|x-waggle-cache|(x|anthropic)-ratelimit-.*)$/;

/** What a recording may take. */
export interface RecordingBounds {
  readonly maxBytes: number;
  /** Told of all memory it takes. */
  hold(bytes: number): void;
  /** Called once, when it has become too large and so nothing is kept of it. */
  overflow(): void;
}

/** An answer as the client got it, or would have got it. */
export interface Recording {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/**
 * Passes an answer on to the client and keeps a copy. The end is held back until `finish`; a client that leaves changes
 * nothing for the one who writes.
 */
export class RecordedAnswer extends EventEmitter implements ClientAnswer {
  destroyed = false;
  readonly writableLength = 0;
  private head: { readonly status: number; readonly headers: Readonly<Record<string, string>> } | undefined;
  private readonly parts: Buffer[] = [];
  private size = 0;
  private last: Buffer | undefined;
  private isEnded = false;

  constructor(
    private readonly client: ClientAnswer,
    private readonly bounds: RecordingBounds,
  ) {
    super();
    for (const event of ['drain', 'close']) client.on(event, () => this.emit('drain'));
  }

  get headersSent(): boolean {
    return this.head !== undefined;
  }

  get writableFinished(): boolean {
    return this.client.writableFinished;
  }

  /** Whether it has become too large to be kept. */
  get isTooLarge(): boolean {
    return this.size > this.bounds.maxBytes;
  }

  /** The whole answer; `undefined` when it broke off or is too large. */
  get recording(): Recording | undefined {
    if (!this.head || !this.isEnded || this.isTooLarge) return undefined;
    return { ...this.head, body: Buffer.concat(this.last ? [...this.parts, this.last] : this.parts) };
  }

  writeHead(status: number, headers: Record<string, string>): void {
    const kept = Object.entries(headers).filter(([name]) => !OWN_HEADERS.test(name));
    this.head = { status, headers: Object.fromEntries(kept) };
    if (!this.client.destroyed) this.client.writeHead(status, headers);
  }

  write(chunk: Buffer): boolean {
    this.keep(chunk);
    return this.client.destroyed || this.client.write(chunk);
  }

  end(chunk?: Buffer): void {
    this.isEnded = true;
    this.last = chunk;
    if (chunk) this.count(chunk.length);
  }

  destroy(): void {
    this.destroyed = true;
    this.client.destroy();
  }

  /** Lets the end go. Resolves once it has left this process or has nowhere to go. */
  async finish(): Promise<void> {
    if (this.client.destroyed) return;
    if (this.isEnded) await sendWhole(this.client, this.last);
    else this.client.destroy();
  }

  private keep(chunk: Buffer): void {
    if (this.isTooLarge) return;
    this.count(chunk.length);
    if (this.isTooLarge) return;
    this.parts.push(Buffer.from(chunk)); // it may be a small part of a large buffer
    this.bounds.hold(chunk.length);
  }

  private count(bytes: number): void {
    if (this.isTooLarge) return;
    this.size += bytes;
    if (!this.isTooLarge) return;
    this.parts.length = 0;
    this.bounds.overflow();
  }
}
