import type { ModelEntry } from '../../snapshot/snapshot.js';

/**
 * What becomes of one member of a body: another name, a value within bounds, or nothing, unless it says what is so anyway.
 * Where nothing would make another answer the call is refused.
 */
export type ParameterRule =
  | { readonly kind: 'rename'; readonly to: string }
  | { readonly kind: 'clamp'; readonly min: number; readonly max: number }
  | { readonly kind: 'drop'; readonly unless?: number | boolean }
  | { readonly kind: 'refuse' };

export type ParameterRules = ReadonlyMap<string, ParameterRule>;

interface Family {
  readonly drivers: readonly string[];
  /** Of the model's upstream name, in lower case. */
  readonly pattern: RegExp;
  readonly rules: Readonly<Record<string, ParameterRule>>;
}

const RENAMED: ParameterRule = { kind: 'rename', to: 'max_completion_tokens' };
const OPENAI = ['openai', 'azure-openai'];

const REASONING: Readonly<Record<string, ParameterRule>> = {
  max_tokens: RENAMED,
  temperature: { kind: 'drop', unless: 1 },
  top_p: { kind: 'drop', unless: 1 },
  presence_penalty: { kind: 'drop', unless: 0 },
  frequency_penalty: { kind: 'drop', unless: 0 },
  logprobs: { kind: 'drop', unless: false },
  top_logprobs: { kind: 'drop' },
  logit_bias: { kind: 'drop' },
};
const UP_TO_ONE: ParameterRule = { kind: 'clamp', min: 0, max: 1 };

/** What families of models refuse though their dialect has it. The first that fits counts; others take everything. */
const FAMILIES: readonly Family[] = [
  { drivers: OPENAI, pattern: /^(ft:)?(o3(?!-mini)|o4)/, rules: { ...REASONING, stop: { kind: 'refuse' } } },
  { drivers: OPENAI, pattern: /^(ft:)?o\d/, rules: REASONING },
  { drivers: ['openai-compatible'], pattern: /^(.*\/)?(kimi|moonshot)-/, rules: { temperature: UP_TO_ONE } },
  { drivers: ['cohere'], pattern: /^command/, rules: { temperature: UP_TO_ONE } },
  {
    drivers: OPENAI,
    pattern: /^(ft:)?gpt-5(?!-chat)/,
    rules: { max_tokens: RENAMED, temperature: { kind: 'drop', unless: 1 }, top_p: { kind: 'drop', unless: 1 } },
  },
];

const known = new WeakMap<ModelEntry, ParameterRules | null>();

/** The rules for chats with a model; `null` for one that takes everything. Looked up once for each compiled entry. */
export function rulesFor(driver: string, model: ModelEntry): ParameterRules | null {
  const found = known.get(model);
  if (found !== undefined) return found;
  const name = model.upstreamId.toLowerCase();
  const family = FAMILIES.find(({ drivers, pattern }) => drivers.includes(driver) && pattern.test(name));
  const rules = family ? new Map(Object.entries(family.rules)) : null;
  known.set(model, rules);
  return rules;
}
