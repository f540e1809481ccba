import { formatUsd } from '../common/money.js';
import type { Outcome } from '../journal/ledger-record.js';
import type { CsvValue } from '../common/http/csv.js';
import type { USED_COLUMNS } from './rollup.sql.js';
import type { AttemptView, RequestView, UsedView } from './request.dto.js';

type UsedRow = Record<(typeof USED_COLUMNS)[number], string>;

/** A row of `request`, as pg reads it: bigint and numeric are texts. */
export interface RequestRow extends UsedRow {
  id: string;
  started_at: Date;
  project_id: string | null;
  token_id: string | null;
  profile_id: string | null;
  profile_revision_id: string | null;
  provider_id: string | null;
  model_id: string | null;
  requested_model: string | null;
  operation: string | null;
  path: string;
  is_streamed: boolean;
  status: number;
  outcome: Outcome;
  error_code: string | null;
  error_message: string | null;
  attempts: number;
  usage_source: RequestView['usageSource'];
  cost_picos: string | null;
  served_from: RequestView['servedFrom'];
  saved_picos: string | null;
  background_state: RequestView['backgroundState'];
  first_byte_ms: number | null;
  duration_ms: number;
  client_address: string | null;
  user_agent: string | null;
  trace_id: string | null;
  metadata: Record<string, string> | null;
}

/** A row of `attempt`. */
export interface AttemptRow extends UsedRow {
  id: string;
  started_at: Date;
  number: number;
  provider_id: string;
  model_id: string;
  upstream_model: string;
  status: number | null;
  outcome: Outcome;
  error_code: string | null;
  error_class: string | null;
  kind: AttemptView['kind'] | null;
  price_id: string | null;
  usage_source: AttemptView['usageSource'];
  cost_picos: string | null;
  first_byte_ms: number | null;
  duration_ms: number;
  upstream_request_id: string | null;
}

export function toRequestView(row: RequestRow): RequestView {
  return {
    id: row.id,
    startedAt: row.started_at,
    projectId: row.project_id,
    tokenId: row.token_id,
    profileId: row.profile_id,
    profileRevisionId: row.profile_revision_id,
    providerId: row.provider_id,
    modelId: row.model_id,
    requestedModel: row.requested_model,
    operation: row.operation,
    path: row.path,
    isStreamed: row.is_streamed,
    status: row.status,
    outcome: row.outcome,
    errorCode: row.error_code,
    errorMessage: row.error_message,
    attemptCount: row.attempts,
    usageSource: row.usage_source,
    used: toUsedView(row),
    costUsd: row.background_state === 'pending' ? null : toUsd(row.cost_picos),
    backgroundState: row.background_state,
    servedFrom: row.served_from,
    savedUsd: toUsd(row.saved_picos),
    firstByteMs: row.first_byte_ms,
    durationMs: row.duration_ms,
    clientAddress: row.client_address,
    userAgent: row.user_agent,
    traceId: row.trace_id,
    metadata: row.metadata,
  };
}

export function toAttemptView(row: AttemptRow): AttemptView {
  return {
    id: row.id,
    startedAt: row.started_at,
    number: row.number,
    providerId: row.provider_id,
    modelId: row.model_id,
    upstreamModel: row.upstream_model,
    status: row.status,
    outcome: row.outcome,
    errorCode: row.error_code,
    errorClass: row.error_class,
    kind: row.kind ?? 'first',
    priceId: row.price_id,
    usageSource: row.usage_source,
    used: toUsedView(row),
    costUsd: toUsd(row.cost_picos),
    firstByteMs: row.first_byte_ms,
    durationMs: row.duration_ms,
    upstreamRequestId: row.upstream_request_id,
  };
}

/** Counts are exact up to 2^53, which no sum of tokens reaches. */
export function toUsedView(row: UsedRow): UsedView {
  return {
    inputTokens: Number(row.input_tokens),
    cachedInputTokens: Number(row.cached_input_tokens),
    cacheWriteTokens: Number(row.cache_write_tokens),
    cacheWrite1hTokens: Number(row.cache_write_1h_tokens),
    audioInputTokens: Number(row.audio_input_tokens),
    imageInputTokens: Number(row.image_input_tokens),
    outputTokens: Number(row.output_tokens),
    reasoningTokens: Number(row.reasoning_tokens),
    audioOutputTokens: Number(row.audio_output_tokens),
    imageOutputTokens: Number(row.image_output_tokens),
    images: Number(row.images),
    audioMs: Number(row.audio_ms),
    characters: Number(row.characters),
    searches: Number(row.searches),
  };
}

function toUsd(picos: string | null): string | null {
  return picos === null ? null : formatUsd(BigInt(picos));
}

/** A view as one row of a table: what is nested is spread out, metadata is JSON. */
export function flatten(view: object): Record<string, CsvValue> {
  const cells = Object.entries(view).flatMap(([name, value]: [string, unknown]): [string, CsvValue][] => {
    if (name === 'metadata') return [[name, value === null ? null : JSON.stringify(value)]];
    const isNested = typeof value === 'object' && value !== null && !(value instanceof Date);
    if (!isNested) return [[name, value as CsvValue]];
    const prefix = name === 'used' ? '' : name;
    return Object.entries(flatten(value)).map(([inner, cell]) => [joined(prefix, inner), cell]);
  });
  return Object.fromEntries(cells);
}

function joined(prefix: string, name: string): string {
  return prefix === '' ? name : `${prefix}${name.charAt(0).toUpperCase()}${name.slice(1)}`;
}
