import type { FeedbackRecord } from './feedback-record.js';
import type { KeptResponseRecord } from './kept-response-record.js';
import type { AttemptRecord, RequestRecord } from './ledger-record.js';
import type { PendingEntry } from './pending-response-record.js';

/** One journal entry: an attempt that ended before its request did, or the request with its last attempt. */
export interface LedgerEntry {
  readonly request: RequestRecord | null;
  readonly attempts: readonly AttemptRecord[];
  /** The sealed capture of the call, when the project keeps one; base64. */
  readonly payload?: string;
  /** The answer, if its provider keeps it. */
  readonly response?: KeptResponseRecord | undefined;
  /** The same while its provider still makes it. */
  readonly pending?: PendingEntry | undefined;
  /** What somebody thinks of an answer, instead of a request. */
  readonly feedback?: FeedbackRecord;
}
