import type { AttemptRecord, LedgerUsage, RequestRecord } from './ledger-record.js';
import { NO_USAGE } from './no-usage.js';

type Count = Exclude<keyof LedgerUsage, 'usage_source'>;
const COUNTS = Object.keys(NO_USAGE).filter((name): name is Count => name !== 'usage_source');

const SHARED = [
  'tenant_id',
  'project_id',
  'token_id',
  'profile_id',
  'profile_revision_id',
  'provider_id',
  'model_id',
  'operation',
  'is_streamed',
  'usage_source',
  'cost_picos',
  ...COUNTS,
] as const;

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

/** Whether all that `common` holds is true of both rows. */
function isOnlyOne(request: RequestRecord, attempt: AttemptRecord): boolean {
  if (request.id !== attempt.request_id) return false;
  for (const name of SHARED) if (request[name] !== attempt[name]) return false;
  return true;
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
  let text = usage.usage_source === 'none' ? '' : `,"usage_source":"${usage.usage_source}"`;
  for (const name of COUNTS) {
    const count = usage[name];
    if (count !== 0) text += `,"${name}":${count}`;
  }
  return text;
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
    plain('saved_picos', request.saved_picos)
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

function measured(name: string, number: number | null): string {
  return number === null ? '' : `,"${name}":${number}`;
}

function nested(name: string, value: object | null | undefined): string {
  return value == null ? '' : `,"${name}":${JSON.stringify(value)}`;
}
