import type { IncomingMessage } from 'node:http';
import { Deadline } from '../deadline.js';
import { relayErrors } from '../relay.errors.js';
import type { InFlight } from './in-flight.js';
import { QuickRequest, type BodyTaker } from './quick-request.js';

/** What a body may cost us. */
export interface BodyLimits {
  readonly maxBytes: number;
  /** Above this many bytes in flight, new bodies are refused. */
  readonly maxBytesInFlight: number;
  /** How long the caller may stay silent in the middle of its body. */
  readonly idleMs: number;
}

/** A body that is being read. */
export interface BodyReading {
  /** Resolves once it is here; rejects with why it is not taken. With nothing: a promise asks each object whether it is one, too. */
  readonly ended: Promise<void>;
  /** Gives away all of it, once it is here. */
  whole(): Buffer;
}

/**
 * Reads a request's raw body. What is read is held in `inFlight`; after a refusal it goes on draining, so that the
 * connection stays usable.
 */
export function readBody(request: IncomingMessage, limits: BodyLimits, inFlight: InFlight): BodyReading {
  const reader = new BodyReader(limits, inFlight);
  if (!(request instanceof QuickRequest && request.deliverTo(reader))) listen(request, reader);
  reader.expect(Number(request.headers['content-length'] ?? 0));
  return reader;
}

/** The way of requests that came through Express. With listeners: an iterator that is left early wedges the connection. */
function listen(request: IncomingMessage, reader: BodyTaker): void {
  request.on('data', (chunk: Buffer) => reader.take(chunk));
  request.on('end', () => reader.end());
  request.on('close', () => request.complete || reader.gone());
  request.on('error', () => {}); // `close` follows and tells
}

/** The caller hung up; there is nobody to answer. */
export class CallerGone extends Error {
  override readonly name = 'CallerGone';
}

/** From this announced size on the place for a body is taken at once, and its chunks are let go as they come. */
const LARGE_BYTES = 64 * 1024;

class BodyReader implements BodyTaker, BodyReading {
  readonly ended: Promise<void>;
  private resolve!: () => void;
  private reject!: (error: Error) => void;
  private chunks: Buffer[] = [];
  private place: Buffer | undefined;
  private size = 0;
  private isRefused = false;
  private readonly silence: Deadline;

  constructor(
    private readonly limits: BodyLimits,
    private readonly inFlight: InFlight,
  ) {
    this.ended = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
    this.silence = new Deadline(limits.idleMs, () => this.refuse(relayErrors.request_timeout()));
  }

  /** Refuses a body by its announced length, before any of it is read. */
  expect(length: number): void {
    if (length > this.limits.maxBytes) this.refuse(relayErrors.body_too_large({ limit: this.limits.maxBytes }));
    else if (this.inFlight.bytes + length > this.limits.maxBytesInFlight) this.refuse(busy());
    // Memory that nothing is written to is not taken from the system: an announcement alone costs nothing.
    else if (length >= LARGE_BYTES) this.place = Buffer.allocUnsafeSlow(length);
  }

  take(chunk: Buffer): void {
    this.silence.refresh();
    if (this.isRefused) return;
    if (this.place)
      chunk.copy(this.place, this.size); // Node never passes on more than was announced
    else this.chunks.push(chunk);
    this.size += chunk.length;
    this.inFlight.hold(chunk.length);
    if (this.size > this.limits.maxBytes) this.refuse(relayErrors.body_too_large({ limit: this.limits.maxBytes }));
    else if (this.inFlight.bytes > this.limits.maxBytesInFlight) this.refuse(busy());
  }

  end(): void {
    this.silence.clear();
    if (!this.isRefused) this.resolve();
  }

  gone(): void {
    this.silence.clear();
    this.refuse(new CallerGone());
  }

  whole(): Buffer {
    const { place, chunks } = this;
    this.forget();
    return place ?? (chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks, this.size));
  }

  private refuse(error: Error): void {
    if (this.isRefused) return;
    this.isRefused = true;
    this.inFlight.release(this.size);
    this.forget();
    this.reject(error);
  }

  private forget(): void {
    this.chunks = [];
    this.place = undefined;
  }
}

function busy(): Error {
  return relayErrors.overloaded({ retryAfterSeconds: 1 });
}
