import type { AttemptRecord, BackgroundState } from '../journal/ledger-record.js';
import type { PendingEntry, PendingResponseRecord } from '../journal/pending-response-record.js';

/** What came of a pending response. */
export interface PendingEnd {
  readonly state: BackgroundState;
  /** With what was used. */
  readonly attempt: AttemptRecord;
  /** What that comes to in each metric of an allowance. */
  readonly used: Readonly<Record<string, number>>;
}

/** Responses that providers still make after their call. The place where it is decided that one has ended. */
export abstract class PendingResponses {
  /** How many of a token there are, as far as is known here; those of other processes may be missing for a moment. */
  abstract countOf(tokenId: string): Promise<number>;
  /** A response was left pending here; the journal brings it to the others. */
  abstract note(entry: PendingEntry): void;
  /** Finds one that is pending. Rejects while Postgres is away. */
  abstract find(projectId: string, id: string): Promise<PendingResponseRecord | undefined>;
  /** Those that it is time to look at; nobody else gets them for a while. None, unless this process leads. */
  abstract claim(most: number): Promise<readonly PendingResponseRecord[]>;
  /** It is to be looked at soon. Never rejects. */
  abstract hasten(projectId: string, id: string): Promise<void>;
  /** Notes whether its provider had it. Returns how often in a row it had not. */
  abstract wasLookedAt(response: PendingResponseRecord, isThere: boolean): Promise<number>;
  /** Puts its end on record: what was used, and what allowances are charged. Only the first one counts; false for others. */
  abstract settle(response: PendingResponseRecord, end: PendingEnd): Promise<boolean>;
}
