import { canServe } from '../snapshot/can-serve.js';
import type { ModelEntry, ProviderEntry } from '../snapshot/snapshot.js';
import type { ProfileBody, TargetBody } from './profile-body.js';

/** What is looked at; the last four take a call of the provider. */
export type CheckName =
  | 'has_targets'
  | 'policy_fits'
  | 'routing_fits'
  | 'target_enabled'
  | 'operation_fits'
  | 'price_known'
  | 'provider_reachable'
  | 'credential_valid'
  | 'upstream_model_exists'
  | 'test_call';

/** What a look at a profile found. */
export interface Check {
  readonly check: CheckName;
  readonly status: 'pass' | 'warn' | 'fail';
  readonly message: string;
  /** The target it is about; `null`: the profile as a whole. */
  readonly modelId: string | null;
}

/** The models that a profile leads to, and their providers, as the data plane has them. */
export interface Surroundings {
  readonly models: ReadonlyMap<string, ModelEntry>;
  readonly providers: ReadonlyMap<string, ProviderEntry>;
}

/** What can be told of a profile without calling anybody. */
export function checkBody(body: ProfileBody, around: Surroundings): Check[] {
  const whole = [checkTargets(body), ...checkPolicy(body), ...checkRouting(body)];
  return [...whole, ...body.targets.flatMap((target) => checkTarget(body, target, around))];
}

function checkTargets({ targets }: ProfileBody): Check {
  const usable = targets.filter(({ isEnabled }) => isEnabled).length;
  if (usable > 0)
    return { check: 'has_targets', status: 'pass', message: `It has ${usable} target(s).`, modelId: null };
  return { check: 'has_targets', status: 'warn', message: 'It leads nowhere: calls get 503.', modelId: null };
}

function checkPolicy({ policy, operation }: ProfileBody): Check[] {
  if (!policy?.systemPrompt || canServe(operation, 'chat')) return [];
  const message = `Its system prompt has no place in ${operation} calls.`;
  return [{ check: 'policy_fits', status: 'warn', message, modelId: null }];
}

function checkRouting({ targets, routing, attempts, operation }: ProfileBody): Check[] {
  const usable = targets.filter(({ isEnabled }) => isEnabled);
  const messages: string[] = [];
  if (attempts?.continuations && operation !== 'chat') {
    messages.push('Only streams of chat completions are gone on with: its continuations have no effect.');
  }
  if (usable.length > 0 && usable.every(({ conditions }) => conditions !== null)) {
    messages.push('Every target has conditions: a request that meets none of them is refused.');
  }
  if (routing?.strategy === 'weighted' && usable.length > 0 && usable.every(({ weight }) => weight === 0)) {
    messages.push('All weights are 0: calls are shared out evenly.');
  }
  return messages.map((message) => ({ check: 'routing_fits', status: 'warn', message, modelId: null }));
}

function checkTarget(body: ProfileBody, target: TargetBody, { models, providers }: Surroundings): Check[] {
  const { modelId } = target;
  const model = models.get(modelId);
  if (!model) return [{ check: 'target_enabled', status: 'fail', message: 'The model is gone.', modelId }];
  const isProviderOn = providers.get(model.providerId)?.isEnabled ?? false;
  return [enabled(target, model, isProviderOn), fits(body, model), priced(body, model)].map((check) => ({
    ...check,
    modelId,
  }));
}

type TargetCheck = Omit<Check, 'modelId'>;

function enabled(target: TargetBody, model: ModelEntry, isProviderOn: boolean): TargetCheck {
  const check = 'target_enabled';
  if (!target.isEnabled) return { check, status: 'warn', message: 'The target is disabled.' };
  if (!model.isEnabled) return { check, status: 'warn', message: `The model ${model.name} is disabled.` };
  if (!isProviderOn) return { check, status: 'warn', message: 'The provider of the model is disabled.' };
  return { check, status: 'pass', message: 'Target, model and provider are enabled.' };
}

function fits({ operation }: ProfileBody, model: ModelEntry): TargetCheck {
  const check = 'operation_fits';
  if (canServe(model.operation, operation)) return { check, status: 'pass', message: `It serves ${operation}.` };
  const message = `The model is for ${model.operation}, the profile for ${operation}: it is never chosen.`;
  return { check, status: 'fail', message };
}

function priced({ priceOverride }: ProfileBody, model: ModelEntry): TargetCheck {
  const check = 'price_known';
  if (priceOverride) return { check, status: 'pass', message: 'The profile has its own price.' };
  const isPriced = model.prices.some(({ effectiveFrom }) => effectiveFrom <= Date.now());
  if (isPriced) return { check, status: 'pass', message: 'The model has a price.' };
  return { check, status: 'warn', message: 'The model has no price: its use is shown as unpriced.' };
}
