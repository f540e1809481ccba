import { newId } from '../../src/common/ids.js';
import type { LedgerEntry } from '../../src/journal/ledger-entry.js';
import type { AttemptRecord, LedgerUsage, RequestRecord } from '../../src/journal/ledger-record.js';
import { NO_USAGE } from '../../src/journal/no-usage.js';

/** An attempt that went well: 10 tokens in, 5 out, for $0.000002. */
export function attemptRecord(given: Partial<AttemptRecord> = {}): AttemptRecord {
  return {
    ...NO_USAGE,
    usage_source: 'provider',
    input_tokens: 10,
    output_tokens: 5,
    id: newId(),
    request_id: newId(),
    started_at: new Date().toISOString(),
    number: 1,
    tenant_id: newId(),
    project_id: newId(),
    token_id: newId(),
    profile_id: newId(),
    profile_revision_id: newId(),
    provider_id: newId(),
    model_id: newId(),
    upstream_model: 'gpt-test',
    operation: 'chat',
    is_streamed: false,
    status: 200,
    outcome: 'ok',
    error_code: null,
    error_class: null,
    kind: 'first',
    price_id: null,
    cost_picos: 2_000_000n,
    first_byte_ms: 40,
    duration_ms: 100,
    upstream_request_id: null,
    ...given,
  };
}

/** A call that was refused before any attempt. */
const REJECTED: RequestRecord = {
  ...NO_USAGE,
  id: '',
  started_at: '',
  tenant_id: null,
  project_id: null,
  token_id: null,
  profile_id: null,
  profile_revision_id: null,
  provider_id: null,
  model_id: null,
  requested_model: 'my-model',
  operation: null,
  path: '/v1/chat/completions',
  is_streamed: false,
  status: 401,
  outcome: 'rejected',
  error_code: 'invalid_api_key',
  error_message: null,
  attempts: 0,
  cost_picos: null,
  first_byte_ms: null,
  duration_ms: 1,
  client_address: '127.0.0.1',
  user_agent: 'test',
  trace_id: null,
  metadata: null,
  decision: null,
};

/** The request of these attempts: their keys, their sums. With no attempt it was rejected. */
export function requestRecord(attempts: readonly AttemptRecord[], given: Partial<RequestRecord> = {}): RequestRecord {
  const last = attempts.at(-1);
  if (!last) return { ...REJECTED, id: newId(), started_at: new Date().toISOString(), ...given };
  const { request_id, status, ...shared } = last;
  return {
    ...REJECTED,
    ...shared,
    ...sumOf(attempts),
    id: request_id,
    started_at: attempts[0]!.started_at,
    status: status ?? 502,
    attempts: attempts.length,
    ...given,
  };
}

/** A whole entry of one request with one attempt. */
export function ledgerEntry(attempt: Partial<AttemptRecord> = {}, request: Partial<RequestRecord> = {}): LedgerEntry {
  const attempts = [attemptRecord(attempt)];
  return { request: requestRecord(attempts, request), attempts };
}

function sumOf(attempts: readonly AttemptRecord[]): LedgerUsage & { cost_picos: bigint | null } {
  const columns = Object.keys(NO_USAGE).filter((name) => name !== 'usage_source') as (keyof LedgerUsage)[];
  const sums = columns.map((name) => [name, attempts.reduce((sum, attempt) => sum + Number(attempt[name]), 0)]);
  const costs = attempts.map(({ cost_picos }) => cost_picos).filter((cost) => cost !== null);
  return {
    ...NO_USAGE,
    ...Object.fromEntries(sums),
    usage_source: attempts.at(-1)?.usage_source ?? 'none',
    cost_picos: costs.length === 0 ? null : costs.reduce((sum, cost) => sum + cost, 0n),
  };
}
