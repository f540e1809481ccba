import type { JsonObject, JsonValue } from '../../../snapshot/snapshot.js';
import type { Conversation, Reasoning } from '../conversation.js';
import { numberOf } from '../json.js';
import type { Notes } from '../notes.js';
import type { TranslationContext } from '../translation.js';

const BUDGETS: Readonly<Record<string, number>> = { minimal: 1024, low: 1024, medium: 4096, high: 16_384 };
const MIN_BUDGET = 1024;
const ROOM_FOR_ANSWER = 4096;

/** How Claude is told to think. */
export interface Thinking {
  readonly thinking: JsonObject;
  /** What must stand beside it. */
  readonly settings: JsonObject;
}

/**
 * Only Claude is told here how much to think; it wants room for it below the maximum, no forced tool and no sampling.
 * `undefined` for all others.
 */
export function thinkingOf(
  { reasoning, toolChoice }: Conversation,
  { maxTokens, temperature }: JsonObject,
  { model, notes }: TranslationContext,
): Thinking | undefined {
  if (!reasoning || reasoning.mode === 'off') return undefined;
  const asked = budgetOf(reasoning);
  const maximum = numberOf(maxTokens) ?? asked + ROOM_FOR_ANSWER;
  const budget = Math.min(asked, maximum - 1);
  if (budget < MIN_BUDGET || mayNotThink(toolChoice, model.upstreamId)) {
    notes.drop(reasoning.name);
    return undefined;
  }
  if (reasoning.budgetTokens === undefined) notes.lose(reasoning.name);
  return { thinking: { type: 'enabled', budget_tokens: budget }, settings: settingsOf(maximum, temperature, notes) };
}

function mayNotThink(choice: Conversation['toolChoice'], upstreamId: string): boolean {
  return choice?.kind === 'any' || choice?.kind === 'tool' || !upstreamId.includes('claude');
}

function settingsOf(maxTokens: number, temperature: JsonValue | undefined, notes: Notes): JsonObject {
  if (temperature === undefined) return { maxTokens };
  if (temperature !== 1) notes.lose('temperature');
  return { maxTokens, temperature: 1 };
}

function budgetOf({ budgetTokens, effort = 'medium' }: Reasoning): number {
  return budgetTokens ?? BUDGETS[effort] ?? MIN_BUDGET;
}
