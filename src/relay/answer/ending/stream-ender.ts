import type { LedgerUsage } from '../../../journal/ledger-record.js';
import type { JsonObject } from '../../../snapshot/snapshot.js';

/** Why an answer ended before its time; goes to the client in the event that says so, as `waggle`. */
export interface EndNote {
  readonly ended_by: 'allowance';
  /** The allowance's name. */
  readonly allowance: string;
  /** What was set aside, and so may be used. */
  readonly output_tokens: number;
}

/** How an answer ends that is not let grow further. */
export interface EarlyEnd {
  readonly usage: LedgerUsage;
  readonly note: EndNote;
}

/** Ends a stream as its provider would have, had the answer come to its maximum. */
export interface StreamEnder {
  /** Takes note of an event that goes to the client. */
  pass(raw: Buffer, start: number, end: number): void;
  /** The events that come in place of the one in `payload`, and of all that would have followed. */
  end(payload: JsonObject, end: EarlyEnd): string;
}

/** One event, as streams with names for their events have it. */
export function namedEvent(type: string, rest: object): string {
  return `event: ${type}\ndata: ${JSON.stringify({ type, ...rest })}\n\n`;
}
