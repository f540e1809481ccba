import { findDriver } from '../../providers/drivers/registry.js';
import type { TokenCounter } from '../usage/token-counter.js';
import type { Call } from './call.js';

/** Where Anthropic's dialect has what a model reads. */
const PARTS = ['system', 'messages', 'tools'] as const;

/** Whether this asks for a count that the first candidate can't give: it speaks another dialect. */
export function isCountedHere({ endpoint, operation, candidates: [first] }: Call): boolean {
  if (!endpoint.isFree || !first) return false;
  return findDriver(first.provider.driver)?.speaks(operation, first.model) !== endpoint.dialect;
}

/** Counts the prompt with our own tokenizer: near to what the upstream will count, never the same. */
export async function countPrompt(
  { body }: Call,
  counter: Pick<TokenCounter, 'count'>,
): Promise<{ readonly input_tokens: number }> {
  const parts = PARTS.map((name) => `${JSON.stringify(name)}:${body?.slice(name) ?? 'null'}`);
  const { inputTokens } = await counter.count(`{${parts.join(',')}}`, '');
  return { input_tokens: inputTokens };
}
