import type { AllowanceView } from '../snapshot/allowance-view.js';
import type { ArmView } from '../snapshot/arm-view.js';
import type { LoadView } from '../snapshot/provider-loads.js';
import type { HealthView } from '../snapshot/health-view.js';
import type { ModelEntry, Operation } from '../snapshot/snapshot.js';
import { BYTES_PER_TOKEN } from './body-facts.js';
import { latencyOf, type Candidate } from './candidate.js';
import { holds } from './conditions.js';
import { expectedCost } from './expected-cost.js';
import type { RequestFeatures } from './features.js';

/** Why a target may not answer. */
export type RejectionReason =
  | 'profile_disabled'
  | 'target_disabled'
  | 'model_missing'
  | 'model_disabled'
  | 'operation_mismatch'
  | 'provider_missing'
  | 'provider_disabled'
  | 'circuit_open'
  | 'credential_locked'
  | 'credential_missing'
  | 'allowance_used_up'
  | 'condition'
  | 'no_tools'
  | 'no_vision'
  | 'no_audio'
  | 'no_json_schema'
  | 'no_reasoning'
  | 'context_window'
  | 'max_output'
  | 'no_capability'
  | 'max_cost'
  | 'max_latency';

/** What this process knows of the world beside the configuration. */
export interface Views {
  readonly health: HealthView;
  readonly allowances: AllowanceView;
  readonly credentials: CredentialView;
  readonly arms: ArmView;
  /** Left out where nobody looks. */
  readonly loads?: LoadView;
}

/** Whether a provider's credential can be had. */
export interface CredentialView {
  kindOf(providerId: string): 'present' | 'locked' | 'missing';
}

/** Room for what the estimate of a prompt does not see. */
const SAFETY = 1.1;
const PICOS_PER_MICRO = 1_000_000;

/** Why nobody's call should go there now. */
export function outOfService({ provider, model }: Candidate, views: Views): RejectionReason | undefined {
  if (views.health.stateOf(provider.id, model.id) === 'open') return 'circuit_open';
  if (provider.needsCredential) {
    const kind = views.credentials.kindOf(provider.id);
    if (kind !== 'present') return kind === 'locked' ? 'credential_locked' : 'credential_missing';
  }
  return views.allowances.isUsedUp(provider.id, model.id) ? 'allowance_used_up' : undefined;
}

/** Why this call should not go there: it asks for what the model is known not to do. */
export function unfit({ target, model }: Candidate, features: RequestFeatures): RejectionReason | undefined {
  if (target.conditions && !holds(target.conditions, features)) return 'condition';
  const missing = missingCapability(model.capabilities, features);
  if (missing) return missing;
  if (model.contextWindow !== null && isLonger(features, model.contextWindow)) return 'context_window';
  return model.maxOutput !== null && (features.maxOutput ?? 0) > model.maxOutput ? 'max_output' : undefined;
}

/** Most prompts fit even if they were text all through; only of others the files are looked for. */
function isLonger(features: RequestFeatures, window: number): boolean {
  const most = Math.ceil(features.promptBytes / BYTES_PER_TOKEN);
  return most * SAFETY > window && features.inputTokens * SAFETY > window;
}

/** Why the caller would not have it so. An unknown price may be above any bound, an unknown latency may not. */
export function unwanted(candidate: Candidate, features: RequestFeatures, views: Views): RejectionReason | undefined {
  const { model } = candidate;
  const { maxCostMicros = Infinity, maxLatencyMs = Infinity, requires = [] } = features.hints ?? {};
  if (requires.some((capability) => !model.capabilities.has(capability))) return 'no_capability';
  if (maxCostMicros < (expectedCost(model, features) ?? Infinity) / PICOS_PER_MICRO) return 'max_cost';
  return maxLatencyMs < (latencyOf(candidate, { features, health: views.health }) ?? 0) ? 'max_latency' : undefined;
}

const HAS_MESSAGES: ReadonlySet<Operation> = new Set<Operation>(['chat', 'responses', 'completion']);

/** What a model must be able to do, by the catalogue's words, for what a request may ask. */
const CAPABILITIES: readonly (readonly [string, RejectionReason, (features: RequestFeatures) => boolean])[] = [
  ['tools', 'no_tools', (features) => features.hasTools],
  ['vision', 'no_vision', (features) => features.hasImages],
  ['audio-input', 'no_audio', (features) => features.hasAudio],
  ['reasoning', 'no_reasoning', (features) => features.wantsReasoning],
  ['structured-output', 'no_json_schema', (features) => features.responseFormat === 'json_schema'],
];

/** A model of which no capability is known is asked for anything. */
function missingCapability(known: ModelEntry['capabilities'], features: RequestFeatures): RejectionReason | undefined {
  if (known.size === 0 || !HAS_MESSAGES.has(features.operation)) return undefined;
  for (const [capability, reason, isAsked] of CAPABILITIES) {
    if (!known.has(capability) && isAsked(features)) return reason;
  }
  return undefined;
}
