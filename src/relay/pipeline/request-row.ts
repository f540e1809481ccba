import { isoTime } from '../../common/iso-time.js';
import type { JsonText } from '../../journal/json-text.js';
import type { AttemptRecord, Outcome, RequestRecord } from '../../journal/ledger-record.js';
import { NO_USAGE } from '../../journal/no-usage.js';
import { decisionOf } from '../../routing/decision.js';
import type { ProfileEntry, TokenEntry } from '../../snapshot/snapshot.js';
import type { Call } from './call.js';
import type { CallEnd } from './call-end.js';
import { elapsedMs } from './elapsed.js';
import { UsageCounts } from './usage-counts.js';

const USER_AGENT_LENGTH = 200;

/** What the ledger keeps of a client's call: who, what, how it ended, and the sums of its attempts. */
export class RequestRow extends UsageCounts implements RequestRecord {
  readonly id: string;
  readonly started_at: string;
  tenant_id: string | null = null;
  project_id: string | null = null;
  token_id: string | null = null;
  profile_id: string | null = null;
  profile_revision_id: string | null = null;
  provider_id: string | null = null;
  model_id: string | null = null;
  readonly requested_model: string | null;
  readonly operation: string | null;
  readonly path: string;
  readonly is_streamed: boolean;
  readonly status: number;
  readonly outcome: Outcome;
  readonly error_code: string | null;
  readonly error_message: string | null;
  readonly attempts: number;
  readonly cost_picos: bigint | null;
  readonly first_byte_ms: number | null;
  readonly duration_ms: number;
  readonly client_address: string | null;
  readonly user_agent: string | null;
  readonly trace_id: string | null;
  metadata: Readonly<Record<string, string>> | null = null;
  readonly decision: JsonText | null;
  worker_id: string | undefined = undefined;
  charges: JsonText | undefined = undefined;
  served_from: string | undefined = undefined;
  saved_picos: string | undefined = undefined;
  background_state: 'pending' | undefined = undefined;

  constructor(call: Call, end: CallEnd) {
    super(call.attempts[0] ?? NO_USAGE);
    this.id = call.id;
    this.started_at = isoTime(call.startedAt);
    this.requested_model = call.requestedModel;
    this.operation = call.endpoint.operation;
    this.path = call.path;
    this.is_streamed = call.isStreamed;
    this.status = end.status;
    this.outcome = end.outcome;
    this.error_code = end.errorCode;
    this.error_message = end.errorMessage;
    this.attempts = call.attempts.length;
    this.cost_picos = costSum(call.attempts);
    this.first_byte_ms = elapsedMs(call.startedMark, call.firstByteMark);
    this.duration_ms = Math.round(performance.now() - call.startedMark);
    this.client_address = call.clientAddress;
    this.user_agent = call.request.headers['user-agent']?.slice(0, USER_AGENT_LENGTH) ?? null;
    this.trace_id = call.trace?.traceId ?? null;
    this.decision = call.choice ? decisionOf(call.choice.plan, call.choice.features, call.snapshot) : null;
    if (call.token) this.setCaller(call.token, call);
    if (call.profile) this.setRoute(call.profile, call.attempts.at(-1));
    for (let i = 1; i < call.attempts.length; i++) this.add(call.attempts[i]!);
  }

  private setCaller({ tenantId, projectId, id, metadata }: TokenEntry, { served, unfinished }: Call): void {
    this.tenant_id = tenantId;
    this.project_id = projectId;
    this.token_id = id;
    this.metadata = metadata;
    this.served_from = served?.from;
    this.saved_picos = served?.savedPicos?.toString();
    this.background_state = unfinished && 'pending';
  }

  private setRoute({ id, revisionId }: ProfileEntry, last: AttemptRecord | undefined): void {
    this.profile_id = id;
    this.profile_revision_id = revisionId;
    if (!last) return;
    this.provider_id = last.provider_id;
    this.model_id = last.model_id;
  }
}

/** One unpriced attempt makes the sum unpriced: half a sum would look like a whole one. */
export function costSum(attempts: readonly AttemptRecord[]): bigint | null {
  if (attempts.length === 1) return attempts[0]!.cost_picos;
  let sum = 0n;
  for (const { cost_picos: cost } of attempts) {
    if (cost === null) return null;
    sum += cost;
  }
  return sum;
}
