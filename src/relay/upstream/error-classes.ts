import type { ErrorClass } from '../../providers/drivers/error-class.js';

/** What follows from a class of error, as long as the client has not got a byte. */
export interface ClassRule {
  /** Whether the same target may be asked once more, after a pause and within the retry budget. */
  readonly again: boolean;
  /** Who else may be asked: nobody, any other target, or those with a larger context window. */
  readonly others: 'none' | 'any' | 'larger';
  /** What the target's health learns: a fault, to leave it alone for a while, or nothing. */
  readonly health: 'fault' | 'cool' | 'none';
  /** What `x-should-retry` tells the client's SDK about the call as a whole; `null` leaves it to the SDK. */
  readonly clientRetry: boolean | null;
}

const FAULT: ClassRule = { again: true, others: 'any', health: 'fault', clientRetry: true };
const FINAL: ClassRule = { again: false, others: 'none', health: 'none', clientRetry: null };

/** The attempt loop as a table (docs/failover.md). */
export const ERROR_CLASSES: Readonly<Record<ErrorClass, ClassRule>> = {
  caller: FINAL,
  content_filter: { ...FINAL, clientRetry: false },
  context_overflow: { ...FINAL, others: 'larger' },
  auth: { ...FAULT, again: false, clientRetry: false },
  quota: { again: false, others: 'any', health: 'cool', clientRetry: false },
  rate_limited: { again: true, others: 'any', health: 'cool', clientRetry: true },
  overloaded: FAULT,
  server_error: FAULT,
  malformed: { ...FAULT, again: false },
  connect_timeout: { ...FAULT, again: false },
  first_byte_timeout: { ...FAULT, again: false },
  idle_timeout: { ...FAULT, again: false },
  total_timeout: { ...FINAL, health: 'fault' },
  network: FAULT,
  unavailable: { again: false, others: 'any', health: 'none', clientRetry: null },
  unfit: { ...FINAL, clientRetry: false },
  cancelled: FINAL,
  internal: FINAL,
};
