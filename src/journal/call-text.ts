import { JsonText } from './json-text.js';
import type { AttemptRecord, LedgerUsage, RequestRecord } from './ledger-record.js';

/**
 * The entry of a call with one attempt at most, as nearly all have: `common` holds what its two rows share, and what is
 * null, 0 or false is left out. The statement that stores it fills in the rest (`STORE_BATCH`). `undefined` for other
 * calls, and where the rows don't agree.
 */
export function callText(request: RequestRecord, attempts: readonly AttemptRecord[]): string | undefined {
  const [attempt] = attempts;
  if (attempts.length > 1 || (attempt && !isOnlyOne(request, attempt))) return undefined;
  const common = `"request_id":"${request.id}"${commonText(request)}`;
  return `{"common":{${common}},"request":{${requestText(request)}},"attempts":[${attempt ? `{${attemptText(attempt)}}` : ''}]}`;
}

/** Whether all that `common` holds is true of both rows. Name by name, since a loop over names costs as much as the text. */
function isOnlyOne(request: RequestRecord, attempt: AttemptRecord): boolean {
  return hasSameKeys(request, attempt) && isSameUse(request, attempt) && isSameOtherUse(request, attempt);
}

function hasSameKeys(request: RequestRecord, attempt: AttemptRecord): boolean {
  return (
    request.id === attempt.request_id &&
    request.token_id === attempt.token_id &&
    request.tenant_id === attempt.tenant_id &&
    request.project_id === attempt.project_id &&
    request.profile_id === attempt.profile_id &&
    request.profile_revision_id === attempt.profile_revision_id &&
    request.provider_id === attempt.provider_id &&
    request.model_id === attempt.model_id &&
    request.operation === attempt.operation
  );
}

function isSameUse(a: RequestRecord, b: AttemptRecord): boolean {
  return (
    a.is_streamed === b.is_streamed &&
    a.usage_source === b.usage_source &&
    a.cost_picos === b.cost_picos &&
    a.input_tokens === b.input_tokens &&
    a.cached_input_tokens === b.cached_input_tokens &&
    a.cache_write_tokens === b.cache_write_tokens &&
    a.cache_write_1h_tokens === b.cache_write_1h_tokens &&
    a.audio_input_tokens === b.audio_input_tokens &&
    a.image_input_tokens === b.image_input_tokens &&
    a.output_tokens === b.output_tokens
  );
}

function isSameOtherUse(a: LedgerUsage, b: LedgerUsage): boolean {
  return (
    a.reasoning_tokens === b.reasoning_tokens &&
    a.audio_output_tokens === b.audio_output_tokens &&
    a.image_output_tokens === b.image_output_tokens &&
    a.images === b.images &&
    a.audio_ms === b.audio_ms &&
    a.characters === b.characters &&
    a.searches === b.searches
  );
}

function commonText(request: RequestRecord): string {
  const { cost_picos } = request;
  return (
    plain('tenant_id', request.tenant_id) +
    plain('project_id', request.project_id) +
    plain('token_id', request.token_id) +
    plain('profile_id', request.profile_id) +
    plain('profile_revision_id', request.profile_revision_id) +
    plain('provider_id', request.provider_id) +
    plain('model_id', request.model_id) +
    plain('operation', request.operation) +
    (request.is_streamed ? ',"is_streamed":true' : '') +
    (cost_picos === null ? '' : `,"cost_picos":${cost_picos}`) +
    usageText(request)
  );
}

function usageText(usage: LedgerUsage): string {
  return (
    (usage.usage_source === 'none' ? '' : `,"usage_source":"${usage.usage_source}"`) +
    counted('input_tokens', usage.input_tokens) +
    counted('cached_input_tokens', usage.cached_input_tokens) +
    counted('cache_write_tokens', usage.cache_write_tokens) +
    counted('cache_write_1h_tokens', usage.cache_write_1h_tokens) +
    counted('audio_input_tokens', usage.audio_input_tokens) +
    counted('image_input_tokens', usage.image_input_tokens) +
    counted('output_tokens', usage.output_tokens) +
    counted('reasoning_tokens', usage.reasoning_tokens) +
    counted('audio_output_tokens', usage.audio_output_tokens) +
    counted('image_output_tokens', usage.image_output_tokens) +
    counted('images', usage.images) +
    counted('audio_ms', usage.audio_ms) +
    counted('characters', usage.characters) +
    counted('searches', usage.searches)
  );
}

function requestText(request: RequestRecord): string {
  return (
    `"id":"${request.id}","started_at":"${request.started_at}","path":${JSON.stringify(request.path)}` +
    `,"status":${request.status},"outcome":"${request.outcome}","attempts":${request.attempts}` +
    `,"duration_ms":${request.duration_ms}` +
    measured('first_byte_ms', request.first_byte_ms) +
    quoted('requested_model', request.requested_model) +
    quoted('error_code', request.error_code) +
    quoted('error_message', request.error_message) +
    quoted('client_address', request.client_address) +
    quoted('user_agent', request.user_agent) +
    plain('trace_id', request.trace_id) +
    nested('metadata', request.metadata) +
    nested('decision', request.decision) +
    plain('worker_id', request.worker_id) +
    nested('charges', request.charges) +
    quoted('served_from', request.served_from) +
    plain('saved_picos', request.saved_picos) +
    plain('background_state', request.background_state)
  );
}

function attemptText(attempt: AttemptRecord): string {
  return (
    `"id":"${attempt.id}","started_at":"${attempt.started_at}","number":${attempt.number}` +
    `,"outcome":"${attempt.outcome}","kind":"${attempt.kind}","duration_ms":${attempt.duration_ms}` +
    measured('status', attempt.status) +
    measured('first_byte_ms', attempt.first_byte_ms) +
    quoted('upstream_model', attempt.upstream_model) +
    quoted('error_code', attempt.error_code) +
    plain('error_class', attempt.error_class) +
    plain('price_id', attempt.price_id) +
    quoted('upstream_request_id', attempt.upstream_request_id)
  );
}

/** A text of ours that needs no escaping: an id, a word. */
function plain(name: string, text: string | null | undefined): string {
  return text == null ? '' : `,"${name}":"${text}"`;
}

function quoted(name: string, text: string | null | undefined): string {
  return text == null ? '' : `,"${name}":${JSON.stringify(text)}`;
}

function counted(name: string, count: number): string {
  return count === 0 ? '' : `,"${name}":${count}`;
}

function measured(name: string, number: number | null): string {
  return number === null ? '' : `,"${name}":${number}`;
}

function nested(name: string, value: object | null | undefined): string {
  if (value == null) return '';
  return `,"${name}":${value instanceof JsonText ? value.text : JSON.stringify(value)}`;
}
