import type { IncomingMessage } from 'node:http';
import { Deadline } from '../deadline.js';
import { relayErrors } from '../relay.errors.js';
import type { InFlight } from './in-flight.js';

/** What a body may cost us. */
export interface BodyLimits {
  readonly maxBytes: number;
  /** Above this many bytes in flight, new bodies are refused. */
  readonly maxBytesInFlight: number;
  /** How long the caller may stay silent in the middle of its body. */
  readonly idleMs: number;
}

/**
 * Reads a request's raw body with listeners: an iterator that is left early would wedge the connection. What is read
 * is held in `inFlight`; after a refusal it goes on draining, so that the connection stays usable.
 */
export function readBody(request: IncomingMessage, limits: BodyLimits, inFlight: InFlight): Promise<Buffer> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  const reader = new BodyReader(limits, inFlight, reject);
  // Each of these comes once, and `on` is cheaper than `once`.
  const silence = new Deadline(limits.idleMs, () => reader.refuse(relayErrors.request_timeout()));
  request.on('data', (chunk: Buffer) => {
    silence.refresh();
    reader.take(chunk);
  });
  request.on('end', () => {
    silence.clear();
    resolve(reader.whole());
  });
  request.on('close', () => {
    silence.clear();
    if (!request.complete) reader.refuse(new CallerGone());
  });
  request.on('error', () => {}); // `close` follows and tells
  reader.expect(Number(request.headers['content-length'] ?? 0));
  return promise;
}

/** The caller hung up; there is nobody to answer. */
export class CallerGone extends Error {
  override readonly name = 'CallerGone';
}

/** From this announced size on the place for a body is taken at once, and its chunks are let go as they come. */
const LARGE_BYTES = 64 * 1024;

class BodyReader {
  private chunks: Buffer[] = [];
  private place: Buffer | undefined;
  private size = 0;
  private isRefused = false;

  constructor(
    private readonly limits: BodyLimits,
    private readonly inFlight: InFlight,
    private readonly reject: (error: Error) => void,
  ) {}

  /** Refuses a body by its announced length, before any of it is read. */
  expect(length: number): void {
    if (length > this.limits.maxBytes) this.refuse(relayErrors.body_too_large({ limit: this.limits.maxBytes }));
    else if (this.inFlight.bytes + length > this.limits.maxBytesInFlight) this.refuse(busy());
    // Memory that nothing is written to is not taken from the system: an announcement alone costs nothing.
    else if (length >= LARGE_BYTES) this.place = Buffer.allocUnsafeSlow(length);
  }

  take(chunk: Buffer): void {
    if (this.isRefused) return;
    if (this.place)
      chunk.copy(this.place, this.size); // Node never passes on more than was announced
    else this.chunks.push(chunk);
    this.size += chunk.length;
    this.inFlight.hold(chunk.length);
    if (this.size > this.limits.maxBytes) this.refuse(relayErrors.body_too_large({ limit: this.limits.maxBytes }));
    else if (this.inFlight.bytes > this.limits.maxBytesInFlight) this.refuse(busy());
  }

  refuse(error: Error): void {
    if (this.isRefused) return;
    this.isRefused = true;
    this.inFlight.release(this.size);
    this.chunks = [];
    this.place = undefined;
    this.reject(error);
  }

  whole(): Buffer {
    if (this.place) return this.place;
    return this.chunks.length === 1 ? this.chunks[0]! : Buffer.concat(this.chunks, this.size);
  }
}

function busy(): Error {
  return relayErrors.overloaded({ retryAfterSeconds: 1 });
}
