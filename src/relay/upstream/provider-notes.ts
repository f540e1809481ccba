import type { AttemptRecord } from '../../journal/ledger-record.js';
import type { OutcomeKind, ProviderOutcome } from '../../providers/provider-status.js';

/** Where it is noted what became of calls to a provider. */
export type ProviderNoter = (providerId: string, outcome: ProviderOutcome) => void;

const EVERY_MS = 1000;

/** Tells the providers' room what calls found, so that it can show a status: changes at once, the rest now and then. */
export class ProviderNotes {
  private readonly last = new Map<string, { readonly kind: OutcomeKind; readonly at: number }>();

  constructor(private readonly note: ProviderNoter) {}

  observe(attempt: AttemptRecord): void {
    const kind = kindOf(attempt);
    if (!kind) return;
    const { provider_id: id } = attempt;
    const now = Date.now();
    const last = this.last.get(id);
    if (last?.kind === kind && now - last.at < EVERY_MS) return;
    this.last.set(id, { kind, at: now });
    const detail = kind === 'ok' ? null : attempt.error_code;
    this.note(id, { kind, at: new Date(now), detail, latencyMs: attempt.first_byte_ms });
  }
}

/** Any answer but a refusal of our credential shows that a provider can be reached; a caller that left shows nothing. */
function kindOf({ outcome, status }: AttemptRecord): OutcomeKind | undefined {
  if (outcome === 'auth_failed') return 'auth_failed';
  if (status !== null) return 'ok';
  return outcome === 'network' || outcome === 'timeout' ? 'unreachable' : undefined;
}
