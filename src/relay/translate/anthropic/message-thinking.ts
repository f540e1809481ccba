import type { JsonObject } from '../../../snapshot/snapshot.js';
import type { Conversation, Reasoning } from '../conversation.js';
import { numberOf, objectOf } from '../json.js';
import type { Notes } from '../notes.js';
import type { TranslationContext } from '../translation.js';

/** Models that take a budget of tokens; later ones measure themselves and take an effort. */
const BUDGETED = /claude-(3|2|instant|sonnet-4(?!-[6-9])|opus-4(?!-[6-9])|haiku-4)/;
/** Models that can't think at all. */
const THOUGHTLESS = /claude-(2|instant|3(?!-7))/;
const BUDGETS: Readonly<Record<string, number>> = {
  minimal: 1024,
  low: 1024,
  medium: 4096,
  high: 16_384,
  xhigh: 32_768,
};
const MIN_BUDGET = 1024;
const ROOM_FOR_ANSWER = 4096;
/** Efforts that Anthropic knows. */
const EFFORTS = new Set(['low', 'medium', 'high', 'xhigh', 'max']);

/** Adds to a request how hard the model shall think, with all that must not stand beside it. */
export function writeThinking(body: JsonObject, conversation: Conversation, context: TranslationContext): JsonObject {
  const { reasoning } = conversation;
  const { notes } = context;
  if (!reasoning) return body;
  if (reasoning.mode === 'off') return { ...body, thinking: { type: 'disabled' } };
  const isHindered = isForbidden(conversation, context);
  const maximum = maximumIn(body, conversation, context);
  const thinking = isHindered ? undefined : thinkingOf(reasoning, { body, maximum }, context);
  if (thinking) return { ...withoutSampling(body, notes), ...thinking };
  notes.drop(reasoning.name);
  return body;
}

function isForbidden({ toolChoice, turns }: Conversation, { model }: TranslationContext): boolean {
  const isForced = toolChoice?.kind === 'any' || toolChoice?.kind === 'tool';
  return isForced || hasUnsignedCalls(turns) || THOUGHTLESS.test(model.upstreamId);
}

/** The maximum that somebody set; `undefined` for the one that we made up. */
function maximumIn(body: JsonObject, { parameters }: Conversation, { model }: TranslationContext): number | undefined {
  const isGiven = parameters.has('maxTokens') || model.defaults?.max_tokens !== undefined;
  return isGiven ? numberOf(body.max_tokens) : undefined;
}

function withoutSampling(body: JsonObject, notes: Notes): JsonObject {
  const { temperature, top_k: topK, ...rest } = body;
  if (temperature !== undefined && temperature !== 1) notes.drop('temperature');
  if (topK !== undefined) notes.drop('top_k');
  return rest;
}

/** The members for the body; `undefined` when the maximum leaves no room for thoughts. */
function thinkingOf(
  reasoning: Reasoning,
  { body, maximum: given }: { readonly body: JsonObject; readonly maximum: number | undefined },
  context: TranslationContext,
): JsonObject | undefined {
  if (!BUDGETED.test(context.model.upstreamId)) return withEffort(reasoning, body, context);
  const asked = reasoning.budgetTokens ?? BUDGETS[reasoning.effort ?? 'medium'] ?? MIN_BUDGET;
  const maximum = given ?? boundedMaximum(asked + ROOM_FOR_ANSWER, context);
  const budget = Math.min(asked, maximum - 1);
  if (budget < MIN_BUDGET) return undefined;
  if (reasoning.budgetTokens === undefined) context.notes.lose(reasoning.name);
  return { max_tokens: maximum, thinking: { type: 'enabled', budget_tokens: budget } };
}

function boundedMaximum(wanted: number, { model }: TranslationContext): number {
  return Math.min(wanted, model.maxOutput ?? Infinity);
}

function withEffort({ effort, name }: Reasoning, body: JsonObject, { notes }: TranslationContext): JsonObject {
  if (effort === undefined) return { thinking: { type: 'adaptive' } };
  const known = EFFORTS.has(effort) ? effort : 'low';
  if (known !== effort) notes.lose(name);
  return { thinking: { type: 'adaptive' }, output_config: { ...objectOf(body.output_config), effort: known } };
}

/** In the middle of a tool turn the thoughts before the call must come back; without them there must be none at all. */
function hasUnsignedCalls(turns: Conversation['turns']): boolean {
  const last = turns.findLast(({ role }) => role === 'assistant');
  if (!last?.blocks.some(({ kind }) => kind === 'tool_call')) return false;
  return !last.blocks.some(
    (block) => block.kind === 'redacted_thinking' || (block.kind === 'thinking' && block.signature),
  );
}
