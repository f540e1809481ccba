/** What one call told about a provider. An answer that refuses the caller's request is `ok`: the provider works. */
export const OUTCOME_KINDS = ['ok', 'auth_failed', 'unreachable', 'no_credential'] as const;
export type OutcomeKind = (typeof OUTCOME_KINDS)[number];

/** One call's outcome, noted by a test or taken from the ledger. */
export interface ProviderOutcome {
  readonly kind: OutcomeKind;
  readonly at: Date;
  /** Safe to show. */
  readonly detail?: string | null;
  readonly latencyMs?: number | null;
}

export const PROVIDER_STATES = [
  'active',
  'disabled',
  'auth_failed',
  'unreachable',
  'no_credential',
  'unknown',
] as const;
/** A provider's state, computed from what happened. */
export type ProviderState = (typeof PROVIDER_STATES)[number];

interface Facts {
  readonly isEnabled: boolean;
  readonly hasCredential: boolean;
  readonly needsCredential: boolean;
  readonly lastOutcome: OutcomeKind | null;
}

/** The state that the facts amount to; what is certain without a call wins over what a call found. */
export function stateOf({ isEnabled, hasCredential, needsCredential, lastOutcome }: Facts): ProviderState {
  if (!isEnabled) return 'disabled';
  if (needsCredential && !hasCredential) return 'no_credential';
  if (lastOutcome === null) return 'unknown';
  return lastOutcome === 'ok' ? 'active' : lastOutcome;
}
