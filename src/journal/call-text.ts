import { JsonText } from './json-text.js';
import { KnownText } from './known-text.js';
import type { AttemptRecord, LedgerUsage, RequestRecord } from './ledger-record.js';
import { USUAL } from './usual.js';

/**
 * The entry of a call with one attempt at most, as nearly all have: `common` holds what its two rows share, and what is
 * usual is left out (`USUAL`, and null where that names nothing). The statement that stores it fills in the rest
 * (`STORE_BATCH`). `undefined` for other calls, and where the rows don't agree.
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

/** The ids that stay together from call to call, with the names of their columns. */
const caller = new KnownText((token, tenant, project) => {
  return plain(',"tenant_id":"', tenant) + plain(',"project_id":"', project) + plain(',"token_id":"', token);
});
const route = new KnownText((profile, revision) => {
  return plain(',"profile_id":"', profile) + plain(',"profile_revision_id":"', revision);
});
const target = new KnownText((model, provider) => plain(',"provider_id":"', provider) + plain(',"model_id":"', model));

function commonText(request: RequestRecord): string {
  const { cost_picos } = request;
  return (
    caller.of(request.token_id, request.tenant_id, request.project_id) +
    route.of(request.profile_id, request.profile_revision_id) +
    target.of(request.model_id, request.provider_id) +
    plain(',"operation":"', request.operation) +
    (request.is_streamed ? ',"is_streamed":true' : '') +
    (cost_picos === null ? '' : `,"cost_picos":${cost_picos}`) +
    usageText(request)
  );
}

function usageText(usage: LedgerUsage): string {
  return (
    (usage.usage_source === 'none' ? '' : `,"usage_source":"${usage.usage_source}"`) +
    counted(',"input_tokens":', usage.input_tokens) +
    counted(',"cached_input_tokens":', usage.cached_input_tokens) +
    counted(',"cache_write_tokens":', usage.cache_write_tokens) +
    counted(',"cache_write_1h_tokens":', usage.cache_write_1h_tokens) +
    counted(',"audio_input_tokens":', usage.audio_input_tokens) +
    counted(',"image_input_tokens":', usage.image_input_tokens) +
    counted(',"output_tokens":', usage.output_tokens) +
    counted(',"reasoning_tokens":', usage.reasoning_tokens) +
    counted(',"audio_output_tokens":', usage.audio_output_tokens) +
    counted(',"image_output_tokens":', usage.image_output_tokens) +
    counted(',"images":', usage.images) +
    counted(',"audio_ms":', usage.audio_ms) +
    counted(',"characters":', usage.characters) +
    counted(',"searches":', usage.searches)
  );
}

function requestText(request: RequestRecord): string {
  const { status, outcome, attempts } = request;
  return (
    `"id":"${request.id}","started_at":"${request.started_at}","duration_ms":${request.duration_ms}` +
    `,"path":${JSON.stringify(request.path)}` +
    (status === USUAL.status ? '' : `,"status":${status}`) +
    (outcome === USUAL.outcome ? '' : `,"outcome":"${outcome}"`) +
    (attempts === USUAL.attempts ? '' : `,"attempts":${attempts}`) +
    measured(',"first_byte_ms":', request.first_byte_ms) +
    quoted(',"requested_model":', request.requested_model) +
    quoted(',"error_code":', request.error_code) +
    quoted(',"error_message":', request.error_message) +
    quoted(',"client_address":', request.client_address) +
    quoted(',"user_agent":', request.user_agent) +
    plain(',"trace_id":"', request.trace_id) +
    nested(',"metadata":', request.metadata) +
    nested(',"decision":', request.decision) +
    plain(',"worker_id":"', request.worker_id) +
    nested(',"charges":', request.charges) +
    quoted(',"served_from":', request.served_from) +
    plain(',"saved_picos":"', request.saved_picos) +
    plain(',"background_state":"', request.background_state)
  );
}

function attemptText(attempt: AttemptRecord): string {
  const { status, outcome, number, kind } = attempt;
  return (
    `"id":"${attempt.id}","started_at":"${attempt.started_at}","duration_ms":${attempt.duration_ms}` +
    (status === USUAL.status ? '' : `,"status":${status}`) +
    (outcome === USUAL.outcome ? '' : `,"outcome":"${outcome}"`) +
    (number === USUAL.number ? '' : `,"number":${number}`) +
    (kind === USUAL.kind ? '' : `,"kind":"${kind}"`) +
    measured(',"first_byte_ms":', attempt.first_byte_ms) +
    quoted(',"upstream_model":', attempt.upstream_model) +
    quoted(',"error_code":', attempt.error_code) +
    plain(',"error_class":"', attempt.error_class) +
    plain(',"price_id":"', attempt.price_id) +
    quoted(',"upstream_request_id":', attempt.upstream_request_id)
  );
}

// `before` is all that stands before a value, in one text: each part that is added to a text costs as much as its bytes.

/** A text of ours that needs no escaping: an id, a word. `before` ends with the quote. */
function plain(before: string, text: string | null | undefined): string {
  return text == null ? '' : `${before}${text}"`;
}

function quoted(before: string, text: string | null | undefined): string {
  return text == null ? '' : before + JSON.stringify(text);
}

function counted(before: string, count: number): string {
  return count === 0 ? '' : before + count;
}

function measured(before: string, number: number | null): string {
  return number === null ? '' : before + number;
}

function nested(before: string, value: object | null | undefined): string {
  if (value == null) return '';
  return before + (value instanceof JsonText ? value.text : JSON.stringify(value));
}
