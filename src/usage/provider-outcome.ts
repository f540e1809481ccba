import type { AttemptRecord, Outcome } from '../journal/ledger-record.js';
import type { OutcomeKind, ProviderOutcome } from '../providers/provider-status.js';

/** What an attempt tells of its provider. */
export type SeenAttempt = Pick<
  AttemptRecord,
  'provider_id' | 'outcome' | 'started_at' | 'first_byte_ms' | 'error_code'
>;

const KINDS: Readonly<Partial<Record<Outcome, OutcomeKind>>> = {
  ok: 'ok',
  caller_error: 'ok', // it answered: the request was at fault
  rate_limited: 'ok',
  auth_failed: 'auth_failed',
};

/** The attempt as the provider's status takes it. */
export function toProviderOutcome({ outcome, started_at, first_byte_ms, error_code }: SeenAttempt): ProviderOutcome {
  const kind = KINDS[outcome] ?? 'unreachable';
  return {
    kind,
    at: new Date(started_at),
    detail: kind === 'ok' ? null : (error_code ?? outcome),
    latencyMs: first_byte_ms,
  };
}
