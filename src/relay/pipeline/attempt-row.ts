import { isoTime } from '../../common/iso-time.js';
import type { AttemptKind, AttemptRecord, Outcome } from '../../journal/ledger-record.js';
import type { ErrorClass } from '../../providers/drivers/error-class.js';
import { costOf, priceAt } from '../../routing/cost.js';
import type { PriceEntry } from '../../snapshot/snapshot.js';
import type { Answering, Call, Verdict } from './call.js';
import { elapsedMs } from './elapsed.js';
import { UsageCounts } from './usage-counts.js';

/** What the ledger keeps of one upstream call. */
export class AttemptRow extends UsageCounts implements AttemptRecord {
  readonly id: string;
  readonly request_id: string;
  readonly started_at: string;
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
  readonly status: number | null;
  readonly outcome: Outcome;
  readonly error_code: string | null;
  readonly error_class: ErrorClass | null;
  readonly kind: AttemptKind;
  readonly price_id: string | null;
  readonly cost_picos: bigint | null;
  readonly first_byte_ms: number | null;
  readonly duration_ms: number;
  readonly upstream_request_id: string | null;

  constructor(call: Call, answering: Answering, verdict: Verdict) {
    super(verdict.usage);
    const { token, profile } = call;
    const { model, exchange, startedAt, startedMark } = answering;
    if (!token || !profile) throw new Error('an attempt is made for a resolved call');
    const price = profile.priceOverride ?? priceAt(model.prices, startedAt);
    this.id = answering.attemptId;
    this.request_id = call.id;
    this.started_at = isoTime(startedAt);
    this.number = call.attempts.length + 1;
    this.tenant_id = token.tenantId;
    this.project_id = token.projectId;
    this.token_id = token.id;
    this.profile_id = profile.id;
    this.profile_revision_id = profile.revisionId;
    this.provider_id = answering.provider.id;
    this.model_id = model.id;
    this.upstream_model = model.upstreamId;
    this.operation = call.operation;
    this.is_streamed = call.isStreamed;
    this.status = exchange.status ?? null;
    this.outcome = verdict.outcome;
    this.error_code = verdict.errorCode;
    this.error_class = verdict.errorClass;
    this.kind = answering.kind;
    this.price_id = price?.id ?? null;
    this.cost_picos = call.endpoint.isFree || call.unfinished ? 0n : attemptCost(price, verdict);
    this.first_byte_ms = elapsedMs(startedMark, exchange.headAt);
    this.duration_ms = Math.round(performance.now() - startedMark);
    this.upstream_request_id = exchange.upstreamRequestId ?? null;
  }
}

/** An attempt that used nothing costs nothing, whether or not there is a price; providers bill for answers. */
function attemptCost(price: PriceEntry | null, { usage, outcome }: Verdict): bigint | null {
  if (usage.usage_source === 'none' && outcome !== 'ok') return 0n;
  return costOf(price, usage);
}
