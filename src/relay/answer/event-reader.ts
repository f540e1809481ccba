import type { LedgerUsage } from '../../journal/ledger-record.js';
import type { Dialect } from '../../providers/drivers/driver.js';
import type { Operation } from '../../snapshot/snapshot.js';

/** What the filter shall do. */
export interface StreamShape {
  readonly operation: Operation;
  readonly dialect: Dialect;
  /** The name that the model gets in every event; `null` leaves the upstream's. */
  readonly model: string | null;
  /** Whether the client did not ask for the usage chunk. */
  readonly hideUsage: boolean;
  /** How far the answer may grow; `undefined`: as far as its upstream lets it. */
  readonly limit?: StreamLimit | undefined;
}

/** Where a stream ends that its upstream lets grow too far, and what its end must tell. */
export interface StreamLimit {
  readonly outputTokens: number;
  /** How many answers were asked for. */
  readonly choices: number;
  /** Whether the client wants to be told the usage. */
  readonly asksForUsage: boolean;
}

/** What one event means for the stream. */
export interface EventVerdict {
  /**
   * `pass` it on, `drop` it, `hold` it back as (part of) the end, take it as the upstream's `error`, or as one too many.
   */
  readonly action: 'pass' | 'drop' | 'hold' | 'error' | 'excess';
  /** The payload to send in place of the upstream's. */
  readonly payload?: Buffer | undefined;
}

/** Reads the events of one dialect: their usage, their end, and what must be changed in them. */
export interface EventReader {
  /** Judges the JSON payload in `[start, end)`. Throws `JsonScanError` when it isn't JSON. */
  read(raw: Buffer, start: number, end: number): EventVerdict;
  /** The `[DONE]` marker came. */
  done(): void;
  /** What the upstream said was used. */
  readonly usage: LedgerUsage | undefined;
  /** Whether the upstream finished what it had to say. */
  readonly isComplete: boolean;
  /** The generated text so far, escaped as JSON. */
  generated(): { readonly text: string; readonly omittedBytes: number };
  /** Its size in bytes. */
  readonly generatedBytes: number;
  /** What ends the stream for the client, if the upstream did not send it itself. */
  readonly ending: Buffer | undefined;
  /** The id of a response. */
  readonly answerId?: string | undefined;
}
