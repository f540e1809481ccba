import type { PendingHoldRecord } from '../../journal/pending-response-record.js';

/** An answer whose provider still makes what it is about. */
export interface Unfinished {
  /** The provider's id of it. */
  readonly id: string;
  /** Of the prompt, as we count them; filled in by settle. */
  promptTokens: number;
  /** Whether it is among the pending ones. */
  isNoted: boolean;
  /** What allowances were charged for it in advance. */
  readonly holds: Omit<PendingHoldRecord, 'project_id' | 'response_id'>[];
}
