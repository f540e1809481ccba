import { newId } from '../common/ids.js';
import type { JsonObject, ModelEntry, Operation } from '../snapshot/snapshot.js';
import { Model } from './model.entity.js';
import type { Price } from './price.entity.js';
import { toPriceEntry } from './price-table.js';

/** A model's settings. Fields left out stay; `null` is the default, or unknown. */
export interface ModelSettings {
  readonly name?: string;
  readonly upstreamId?: string;
  readonly operation?: Operation;
  readonly capabilities?: readonly string[] | null;
  readonly contextWindow?: number | null;
  readonly maxOutput?: number | null;
  readonly defaults?: JsonObject | null;
  readonly toolNames?: Readonly<Record<string, string>> | null;
  readonly isEnabled?: boolean | null;
  readonly weight?: number | null;
}

const FALLBACKS = { capabilities: [] as string[], isEnabled: true, weight: 1 } as const;
const FIELDS = [
  'name',
  'upstreamId',
  'operation',
  'capabilities',
  'contextWindow',
  'maxOutput',
  'defaults',
  'toolNames',
  'isEnabled',
  'weight',
] as const;

/** Fields of a body that a call itself must name. */
const NOT_DEFAULTS = ['model', 'messages', 'input', 'prompt', 'stream', 'stream_options'];

/** A model of this provider that nothing is known of yet. */
export function blankModel(provider: { id: string; tenantId: string; projectId: string | null }): Model {
  return Object.assign(new Model(), {
    id: newId(),
    tenantId: provider.tenantId,
    projectId: provider.projectId,
    providerId: provider.id,
    ...FALLBACKS,
    contextWindow: null,
    maxOutput: null,
    defaults: null,
    toolNames: null,
  } satisfies Partial<Model>);
}

/** Puts the settings that are given on a model. */
export function applyModel(model: Model, settings: ModelSettings): void {
  for (const field of FIELDS) {
    const value = settings[field];
    if (value === undefined) continue;
    const fallback = field in FALLBACKS ? FALLBACKS[field as keyof typeof FALLBACKS] : null;
    Object.assign(model, { [field]: value ?? fallback });
  }
  model.capabilities = [...new Set(model.capabilities)].toSorted();
}

/** Tells what is wrong with body defaults, or `undefined`. */
export function defaultsProblem(defaults: JsonObject | null | undefined): string | undefined {
  const refused = NOT_DEFAULTS.find((field) => defaults && field in defaults);
  return refused && `must not hold ${refused}: each call names its own`;
}

const MAX_TOOL_NAMES = 128;
const MAX_NAME = 256;

/** Tells what is wrong with a map of names of tools, or `undefined`. It must have a way back. */
export function toolNamesProblem(names: unknown): string | undefined {
  if (names === undefined || names === null) return undefined;
  const entries: [string, unknown][] = Object.entries(names);
  if (entries.length > MAX_TOOL_NAMES) return `must have at most ${MAX_TOOL_NAMES} names`;
  const isName = (name: unknown): boolean => typeof name === 'string' && name !== '' && name.length <= MAX_NAME;
  if (!entries.every((pair) => pair.every(isName))) return `must have names of 1 to ${MAX_NAME} characters`;
  const own = new Set(entries.map(([, name]) => name));
  return own.size < entries.length ? 'must not have one name for two tools' : undefined;
}

/** What the audit trail keeps of a model. */
export function toModelAudit(model: Model): object {
  const { providerId } = model;
  return { providerId, ...Object.fromEntries(FIELDS.map((field) => [field, model[field]])) };
}

/** The model as the data plane reads it. */
export function toModelEntry(model: Model, prices: readonly Price[]): ModelEntry {
  const { id, providerId, name, upstreamId, operation, contextWindow, maxOutput, defaults, isEnabled, weight } = model;
  return {
    id,
    providerId,
    name,
    upstreamId,
    operation,
    contextWindow,
    maxOutput,
    defaults: withoutThinking(model) ?? defaults,
    toolNames: model.toolNames && new Map(Object.entries(model.toolNames)),
    isEnabled,
    weight,
    capabilities: new Set(model.capabilities),
    prices: prices.map(toPriceEntry),
  };
}

/** The capability of chat models, such as Qwen3, that think unless their chat template is told not to. */
const NO_THINKING = 'no_thinking';

/** The defaults of such a model; callers and profiles may say otherwise. */
function withoutThinking({ operation, capabilities, defaults }: Model): JsonObject | undefined {
  if (operation !== 'chat' || !capabilities.includes(NO_THINKING)) return undefined;
  const { chat_template_kwargs: given } = defaults ?? {};
  const own = typeof given === 'object' && !Array.isArray(given) ? given : null;
  return { ...defaults, chat_template_kwargs: { enable_thinking: false, ...own } };
}
