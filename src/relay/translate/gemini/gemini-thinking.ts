import type { JsonObject } from '../../../snapshot/snapshot.js';
import type { Reasoning } from '../conversation.js';
import type { TranslationContext } from '../translation.js';

/** Models that can't think at all. */
const THOUGHTLESS = /gemini-(1|2\.0)|gemma/;
/** Models that take a level; earlier ones take a budget of tokens. */
const LEVELLED = /gemini-[3-9]/;
/** As Google's own compatible API has them. */
const BUDGETS: Readonly<Record<string, number>> = {
  none: 0,
  minimal: 1024,
  low: 1024,
  medium: 8192,
  high: 24_576,
};
const LARGEST = 24_576;
const LET_THE_MODEL = -1;

/** The `thinkingConfig` for what was asked; `undefined` when nothing was, or the model has no thoughts. */
export function writeThinkingConfig(
  reasoning: Reasoning | undefined,
  { model, notes }: TranslationContext,
): JsonObject | undefined {
  if (!reasoning) return undefined;
  if (THOUGHTLESS.test(model.upstreamId)) {
    if (reasoning.mode !== 'off') notes.drop(reasoning.name);
    return undefined;
  }
  const includeThoughts = reasoning.mode !== 'off';
  if (LEVELLED.test(model.upstreamId)) {
    notes.lose(reasoning.name);
    return { thinkingLevel: levelOf(reasoning), includeThoughts };
  }
  if (reasoning.effort !== undefined && reasoning.mode !== 'off') notes.lose(reasoning.name);
  return { thinkingBudget: budgetOf(reasoning), includeThoughts };
}

/** Two levels are known to all of them. */
function levelOf({ mode, effort, budgetTokens }: Reasoning): string {
  if (mode === 'off' || effort === 'low' || effort === 'minimal') return 'low';
  return budgetTokens !== undefined && budgetTokens <= 1024 ? 'low' : 'high';
}

function budgetOf({ mode, effort, budgetTokens }: Reasoning): number {
  if (mode === 'off') return 0;
  if (budgetTokens !== undefined) return Math.min(budgetTokens, LARGEST);
  return effort === undefined ? LET_THE_MODEL : (BUDGETS[effort] ?? LARGEST);
}
