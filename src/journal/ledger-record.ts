import type { DecisionRecord } from './decision-record.js';
import type { JsonText } from './json-text.js';

/**
 * The finished attempt and the finished request, as they are journalled and as the ledger stores them: the property
 * names are the column names, so that a batch goes into Postgres as the JSON text that was journalled.
 * Times are ISO 8601 texts, durations milliseconds, costs pUSD (printed as JSON integers of any size).
 */
export interface AttemptRecord extends LedgerUsage {
  readonly id: string;
  readonly request_id: string;
  readonly started_at: string;
  /** 1 for the first upstream call of a request. */
  readonly number: number;
  readonly tenant_id: string;
  readonly project_id: string;
  readonly token_id: string;
  readonly profile_id: string;
  readonly profile_revision_id: string;
  readonly provider_id: string;
  readonly model_id: string;
  readonly upstream_model: string;
  readonly operation: string;
  readonly is_streamed: boolean;
  /** The upstream's HTTP status; `null` when it never answered. */
  readonly status: number | null;
  readonly outcome: Outcome;
  readonly error_code: string | null;
  /** Whose fault it was, as the attempt loop took it (docs/failover.md); `null` when nothing went wrong. */
  readonly error_class: string | null;
  readonly kind: AttemptKind;
  readonly price_id: string | null;
  /** `null`: unpriced. */
  readonly cost_picos: bigint | null;
  readonly first_byte_ms: number | null;
  readonly duration_ms: number;
  readonly upstream_request_id: string | null;
}

/** One client call, with the sums of its attempts. Rejected calls have one too, with no attempt. */
export interface RequestRecord extends LedgerUsage {
  readonly id: string;
  readonly started_at: string;
  /** `null` as long as the caller is unknown. */
  readonly tenant_id: string | null;
  readonly project_id: string | null;
  readonly token_id: string | null;
  readonly profile_id: string | null;
  readonly profile_revision_id: string | null;
  readonly provider_id: string | null;
  readonly model_id: string | null;
  /** The `model` the client sent, cut to 200 characters. */
  readonly requested_model: string | null;
  readonly operation: string | null;
  readonly path: string;
  readonly is_streamed: boolean;
  /** The HTTP status the client got; 499 when it left before one was sent. */
  readonly status: number;
  readonly outcome: Outcome;
  readonly error_code: string | null;
  /** Safe to show. */
  readonly error_message: string | null;
  readonly attempts: number;
  readonly cost_picos: bigint | null;
  /** From the call's arrival to the first byte sent to the client. */
  readonly first_byte_ms: number | null;
  readonly duration_ms: number;
  readonly client_address: string | null;
  readonly user_agent: string | null;
  readonly trace_id: string | null;
  readonly metadata: Readonly<Record<string, string>> | null;
  /** Why it went where it went; `null` where there was no choice. */
  readonly decision: DecisionRecord | JsonText | null;
  /** Whose leases the call was charged to, and what, by counter; absent when no allowance matched. */
  readonly worker_id?: string | undefined;
  readonly charges?: Readonly<Record<string, number>> | JsonText | undefined;
  /** Where the answer was taken from instead of an upstream; absent for all others. */
  readonly served_from?: string | undefined;
  /** What it had cost to make that answer, as decimal digits; absent when unknown. */
  readonly saved_picos?: string | undefined;
  /** Of a response that is made after its call: its usage comes later. Absent for all others. */
  readonly background_state?: BackgroundState | undefined;
}

/** Why an attempt was made. */
export type AttemptKind =
  | 'first'
  /** The same target once more. */
  | 'retry'
  /** Another target. */
  | 'failover'
  /** The same target with a smaller maximum of output, so that prompt and answer fit. */
  | 'clamped'
  /** Another target at the same time, since the first was slow. */
  | 'hedge'
  /** Going on with the stream of another attempt, which had broken off. */
  | 'continuation'
  /** The same target, told what is wrong with the format of its answer. */
  | 'repair'
  /** No call of its own: what came of a response that was made in the background. */
  | 'background';

/** How a request or attempt ended. */
export type Outcome =
  | 'ok'
  /** Refused by us before any upstream was called: credentials, model, limits, a bad body. */
  | 'rejected'
  /** The upstream refused what the caller sent (400, 404, 413, 422). */
  | 'caller_error'
  /** The upstream refused our credential. */
  | 'auth_failed'
  | 'rate_limited'
  | 'overloaded'
  /** The upstream answered 5xx, or nonsense. */
  | 'upstream_error'
  | 'timeout'
  | 'network'
  /** The upstream broke off after it had begun to answer. */
  | 'cut'
  /** The caller left. */
  | 'cancelled'
  /** A fault of ours. */
  | 'internal';

/** How far a response made in the background has come, as the request log shows it. */
export type BackgroundState = 'pending' | 'completed' | 'incomplete' | 'failed' | 'cancelled' | 'expired';

/** What was used; a part that does not apply is 0. Cached, cache-write, audio and image parts are inside `input_tokens`. */
export interface LedgerUsage {
  readonly usage_source: 'provider' | 'estimated' | 'none';
  readonly input_tokens: number;
  readonly cached_input_tokens: number;
  readonly cache_write_tokens: number;
  readonly cache_write_1h_tokens: number;
  readonly audio_input_tokens: number;
  readonly image_input_tokens: number;
  readonly output_tokens: number;
  readonly reasoning_tokens: number;
  readonly audio_output_tokens: number;
  readonly image_output_tokens: number;
  readonly images: number;
  readonly audio_ms: number;
  readonly characters: number;
  readonly searches: number;
}
