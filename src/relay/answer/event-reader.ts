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
}

/** What one event means for the stream. */
export interface EventVerdict {
  /** `pass` it on, `drop` it, `hold` it back as (part of) the end, or take it as the upstream's `error`. */
  readonly action: 'pass' | 'drop' | 'hold' | 'error';
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
  /** What ends the stream for the client, if the upstream did not send it itself. */
  readonly ending: Buffer | undefined;
}
