import { costOf, priceAt } from '../../routing/cost.js';
import type { AttemptRecord, LedgerUsage, RequestRecord } from '../../journal/ledger-record.js';
import type { PriceEntry } from '../../snapshot/snapshot.js';
import { NO_USAGE } from '../../journal/no-usage.js';
import type { Answering, Call, Verdict } from './call.js';
import type { CallEnd } from './call-end.js';

const USER_AGENT_LENGTH = 200;

/** What the ledger keeps of one upstream call. */
export function attemptRecord(call: Call, answering: Answering, verdict: Verdict): AttemptRecord {
  const { token, profile, operation, body } = call;
  if (!token || !profile) throw new Error('an attempt is made for a resolved call');
  const { model, provider, exchange } = answering;
  const price = profile.priceOverride ?? priceAt(model.prices, answering.startedAt);
  return {
    ...verdict.usage,
    id: answering.attemptId,
    request_id: call.id,
    started_at: new Date(answering.startedAt).toISOString(),
    number: call.attempts.length + 1,
    tenant_id: token.tenantId,
    project_id: token.projectId,
    token_id: token.id,
    profile_id: profile.id,
    profile_revision_id: profile.revisionId,
    provider_id: provider.id,
    model_id: model.id,
    upstream_model: model.upstreamId,
    operation,
    is_streamed: body?.isStreamed ?? false,
    status: exchange.status ?? null,
    outcome: verdict.outcome,
    error_code: verdict.errorCode,
    price_id: price?.id ?? null,
    cost_picos: attemptCost(price, verdict),
    first_byte_ms: milliseconds(answering.startedMark, exchange.headAt),
    duration_ms: Math.round(performance.now() - answering.startedMark),
    upstream_request_id: exchange.upstreamRequestId ?? null,
  };
}

/** An attempt that used nothing costs nothing, whether or not there is a price; providers bill for answers. */
function attemptCost(price: PriceEntry | null, { usage, outcome }: Verdict): bigint | null {
  if (usage.usage_source === 'none' && outcome !== 'ok') return 0n;
  return costOf(price, usage);
}

/** What the ledger keeps of a client's call: who, what, how it ended, and the sums of its attempts. */
export function requestRecord(call: Call, end: CallEnd): RequestRecord {
  const { attempts } = call;
  return {
    ...sumOf(attempts),
    ...callerOf(call),
    ...routeOf(call),
    id: call.id,
    started_at: new Date(call.startedAt).toISOString(),
    requested_model: call.requestedModel,
    operation: call.endpoint.operation,
    path: call.path,
    is_streamed: call.body?.isStreamed ?? false,
    status: end.status,
    outcome: end.outcome,
    error_code: end.errorCode,
    error_message: end.errorMessage,
    attempts: attempts.length,
    cost_picos: costSum(attempts),
    first_byte_ms: milliseconds(call.startedMark, call.firstByteMark),
    duration_ms: Math.round(performance.now() - call.startedMark),
    trace_id: call.trace?.traceId ?? null,
  };
}

type Caller = 'tenant_id' | 'project_id' | 'token_id' | 'metadata' | 'client_address' | 'user_agent';

function callerOf({ token, request, clientAddress }: Call): Pick<RequestRecord, Caller> {
  return {
    tenant_id: token?.tenantId ?? null,
    project_id: token?.projectId ?? null,
    token_id: token?.id ?? null,
    metadata: token?.metadata ?? null,
    client_address: clientAddress,
    user_agent: shortened(request.headers['user-agent']),
  };
}

type Route = 'profile_id' | 'profile_revision_id' | 'provider_id' | 'model_id';

function routeOf({ profile, attempts }: Call): Pick<RequestRecord, Route> {
  const last = attempts.at(-1);
  return {
    profile_id: profile?.id ?? null,
    profile_revision_id: profile?.revisionId ?? null,
    provider_id: last?.provider_id ?? null,
    model_id: last?.model_id ?? null,
  };
}

/** Almost every call has one attempt, whose usage is the call's. */
function sumOf(attempts: readonly AttemptRecord[]): LedgerUsage {
  const used = attempts.filter(({ usage_source: source }) => source !== 'none');
  const first = used[0] ?? NO_USAGE;
  const sum = usageOf(first);
  for (const more of used.slice(1)) {
    for (const name of COUNTS) sum[name] += more[name];
    if (more.usage_source === 'estimated') sum.usage_source = 'estimated';
  }
  return sum;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

function usageOf(usage: LedgerUsage): Mutable<LedgerUsage> {
  const copy: Mutable<LedgerUsage> = { ...NO_USAGE, usage_source: usage.usage_source };
  for (const name of COUNTS) copy[name] = usage[name];
  return copy;
}

const COUNTS = (Object.keys(NO_USAGE) as (keyof LedgerUsage)[]).filter((name) => name !== 'usage_source');

/** One unpriced attempt makes the sum unpriced: half a sum would look like a whole one. */
function costSum(attempts: readonly AttemptRecord[]): bigint | null {
  let sum = 0n;
  for (const { cost_picos: cost } of attempts) {
    if (cost === null) return null;
    sum += cost;
  }
  return sum;
}

function milliseconds(from: number, to: number | undefined): number | null {
  return to === undefined ? null : Math.round(to - from);
}

function shortened(text: string | undefined): string | null {
  return text?.slice(0, USER_AGENT_LENGTH) ?? null;
}
