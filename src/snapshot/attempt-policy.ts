/** What a profile says of the attempts made for its calls; `null` leaves each to the house (docs/failover.md). */
export interface AttemptPolicy {
  /** How long a call may take in all, over all its attempts. */
  readonly totalMs: number | null;
  /** Upstream calls for one call, in all. */
  readonly maxAttempts: number | null;
  /** After how long without a byte a second target is asked at the same time; both are paid for. */
  readonly hedgeAfterMs: number | null;
  /** How often another upstream may go on with a stream that broke off, with a seam that its client sees. */
  readonly continuations?: number | null;
}
