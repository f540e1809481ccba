import { formatMicros } from '../common/money.js';
import type { DecisionRecord } from '../journal/decision-record.js';
import type { JsonObject } from '../snapshot/snapshot.js';
import type { AttemptView, RequestDetail } from './request.dto.js';

/** A target that the request could go to. */
export class ExplainedCandidate {
  modelId!: string;
  /** `null` when the model is gone. */
  modelName!: string | null;
  /** The lowest goes first among those of its priority; `null`: their order alone, or last of all. */
  score!: number | null;
  /** The chance that it had to go first; `null` when nothing was left to chance. */
  propensity!: number | null;
  /** What the score was made of. */
  terms!: Record<string, number>;
  /** What the process that planned knew of it. */
  seen!: Record<string, number>;
}

/** A target that it could not go to. */
export class ExplainedRejection {
  modelId!: string;
  modelName!: string | null;
  reason!: string;
}

/** What was kept of a plan. */
export class DecisionView {
  strategy!: string;
  seed!: number;
  /** Whether a key kept the request at its target. */
  isSticky!: boolean;
  /** The configuration revision that it was planned with. */
  configRevision!: number;
  /** Best first. */
  candidates!: ExplainedCandidate[];
  rejected!: ExplainedRejection[];
  /** What `POST /admin/v1/routing/simulate` takes to plan it again. */
  inputs!: JsonObject;
}

/** How a request came to where it went. */
export class ExplanationView {
  requestId!: string;
  startedAt!: Date;
  profileId!: string | null;
  profileRevisionId!: string | null;
  /** The model that answered, or was called last; `null` when none was called. */
  modelId!: string | null;
  /** `null`: there was no choice, so nothing was kept. */
  decision!: DecisionView | null;
  /** What was really called. */
  attempts!: AttemptView[];
}

export function toExplanationView(
  request: RequestDetail,
  decision: DecisionRecord | null,
  names: ReadonlyMap<string, string>,
): ExplanationView {
  return {
    requestId: request.id,
    startedAt: request.startedAt,
    profileId: request.profileId,
    profileRevisionId: request.profileRevisionId,
    modelId: request.modelId,
    decision: decision && toDecisionView(request, decision, names),
    attempts: request.attempts,
  };
}

function toDecisionView(
  request: RequestDetail,
  decision: DecisionRecord,
  names: ReadonlyMap<string, string>,
): DecisionView {
  const named = (modelId: string) => ({ modelId, modelName: names.get(modelId) ?? null });
  const { strategy, seed, stickySeed, revision, candidates, rejected = [] } = decision;
  return {
    strategy,
    seed,
    isSticky: stickySeed !== undefined,
    configRevision: revision,
    candidates: candidates.map(({ model, score = null, propensity = null, terms = {}, seen = {} }) => ({
      ...named(model),
      score,
      propensity,
      terms,
      seen,
    })),
    rejected: rejected.map(({ model, reason }) => ({ ...named(model), reason })),
    inputs: toInputs(request, decision),
  };
}

/** Reasons that come from what a process has seen; the others follow from configuration and request. */
const SEEN_REASONS = ['circuit_open', 'credential_locked', 'credential_missing', 'allowance_used_up', 'max_latency'];

/** What simulate takes to plan a request again. */
export function toInputs(
  request: Pick<RequestDetail, 'profileId' | 'projectId' | 'operation' | 'startedAt'>,
  { seed, features, candidates, rejected = [] }: DecisionRecord,
): JsonObject {
  const { hints, ...read } = features as JsonObject;
  const inputs: Record<string, unknown> = {
    profile: request.profileId,
    project: request.projectId,
    operation: request.operation,
    at: request.startedAt.toISOString(),
    seed,
    features: read,
    seen: [
      ...candidates.map(({ model, seen }) => ({ modelId: model, ...seen })),
      ...rejected
        .filter(({ reason }) => SEEN_REASONS.includes(reason))
        .map(({ model, reason }) => ({ modelId: model, reason })),
    ],
    ...(hints && { hints: toHintsInput(hints as JsonObject) }),
  };
  return inputs as JsonObject;
}

function toHintsInput({ maxCostMicros, ...hints }: JsonObject): JsonObject {
  if (typeof maxCostMicros !== 'number') return hints;
  return { ...hints, maxCostUsd: formatMicros(BigInt(maxCostMicros)) };
}
