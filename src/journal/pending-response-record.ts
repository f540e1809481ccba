import type { AttemptRecord } from './ledger-record.js';

/**
 * A response that its provider goes on making after the call has ended: what it takes to put on record what it used, once
 * that is known. The property names are the column names; times are ISO 8601 texts.
 */
export interface PendingResponseRecord {
  /** The provider's own. */
  readonly id: string;
  readonly tenant_id: string;
  readonly project_id: string;
  readonly token_id: string;
  readonly provider_id: string;
  /** The call's ledger row. */
  readonly request_id: string;
  readonly started_at: string;
  /** The attempt that will tell what was used. Its id is fixed here, so that the ledger takes it once. */
  readonly attempt: LateAttempt;
  /** What was in force when it was asked for; `null`: nothing. */
  readonly price: PriceText | null;
  /** The prompt's tokens as we count them, and the most that the answer may have: for when nobody tells. */
  readonly prompt_tokens: number;
  readonly most_output_tokens: number;
  /** How often in a row nobody had it. */
  readonly misses: number;
  /** When to look at it next, if nobody else does. */
  readonly look_at: string;
  /** When it is given up. */
  readonly expires_at: string;
}

/** An attempt without its end. */
export type LateAttempt = Omit<AttemptRecord, 'cost_picos'>;

/** A price whose amounts are decimal digits, since JSON has no large integers. */
export interface PriceText {
  readonly id: string;
  readonly effectiveFrom: number;
  readonly buckets: Readonly<Record<string, string>>;
  readonly tiers: readonly { readonly aboveTokens: number; readonly buckets: Readonly<Record<string, string>> }[];
}

/** What one counter of an allowance was charged for a pending response: the worst case, until its use is known. */
export interface PendingHoldRecord {
  readonly project_id: string;
  readonly response_id: string;
  readonly allowance_id: string;
  readonly epoch: number;
  readonly subject: string;
  readonly window_start: string;
  /** `null`: never. */
  readonly window_end: string | null;
  readonly metric: string;
  readonly amount: number;
}

/** A pending response and what is held for it. */
export interface PendingEntry {
  readonly response: PendingResponseRecord;
  readonly holds: readonly PendingHoldRecord[];
}
