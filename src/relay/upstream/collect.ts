import type { InFlight } from '../client/in-flight.js';
import type { AnswerSink, Exchange, ExchangeFailure } from './exchange.js';

/** What an answer may cost us. */
export interface CollectLimits {
  readonly maxBytes: number;
  /** Bytes that all calls together may hold. */
  readonly maxBytesInFlight: number;
}

/** A whole answer, or why there is none. */
export type Collected = Buffer | ExchangeFailure;

/**
 * Reads a whole answer into memory; gives a promise only when it isn't here yet. Its bytes stay counted in `inFlight`: the caller releases as many as it got. An
 * answer that is too large, or for which there is no room, is cut.
 */
export function collect(exchange: Exchange, limits: CollectLimits, inFlight: InFlight): Collected | Promise<Collected> {
  const collector = new Collector(exchange, limits, inFlight);
  exchange.pipe(collector);
  return collector.result ?? new Promise((resolve) => (collector.hear = resolve));
}

class Collector implements AnswerSink {
  result: Collected | undefined;
  /** Who waits for the result. */
  hear: ((result: Collected) => void) | undefined;
  private chunks: Buffer[] = [];
  private size = 0;

  constructor(
    private readonly exchange: Exchange,
    private readonly limits: CollectLimits,
    private readonly inFlight: InFlight,
  ) {}

  onChunk(chunk: Buffer): void {
    this.size += chunk.length;
    this.inFlight.hold(chunk.length);
    this.chunks.push(chunk);
    if (this.size > this.limits.maxBytes) this.exchange.cut('too-large');
    else if (this.inFlight.bytes > this.limits.maxBytesInFlight) this.exchange.cut('overloaded');
  }

  onEnd(): void {
    this.settle(this.chunks.length === 1 ? this.chunks[0]! : Buffer.concat(this.chunks, this.size));
  }

  onBreak(failure: ExchangeFailure): void {
    this.inFlight.release(this.size);
    this.chunks = [];
    this.settle(failure);
  }

  private settle(result: Collected): void {
    this.result = result;
    this.hear?.(result);
  }
}
