import type { LedgerUsage } from '../../journal/ledger-record.js';
import { NO_USAGE } from '../../journal/no-usage.js';
import { countOf, isFields, type Fields } from './usage-fields.js';

/**
 * Reads Gemini's `usageMetadata`: the prompt includes what came from the cache, but not what its own tools brought;
 * thoughts are beside the candidates, not in them. `undefined` when it says nothing.
 */
export function readGeminiUsage(value: unknown): LedgerUsage | undefined {
  if (!isFields(value)) return undefined;
  const prompt = countOf(value.promptTokenCount);
  const candidates = countOf(value.candidatesTokenCount);
  if (prompt === undefined && candidates === undefined) return undefined;
  const thoughts = countOf(value.thoughtsTokenCount) ?? 0;
  const input = (prompt ?? 0) + (countOf(value.toolUsePromptTokenCount) ?? 0);
  const output = (candidates ?? 0) + thoughts;
  return {
    ...NO_USAGE,
    usage_source: 'provider',
    input_tokens: input,
    cached_input_tokens: Math.min(countOf(value.cachedContentTokenCount) ?? 0, input),
    audio_input_tokens: Math.min(audioIn(value.promptTokensDetails), input),
    output_tokens: output,
    reasoning_tokens: thoughts,
    audio_output_tokens: Math.min(audioIn(value.candidatesTokensDetails), output),
  };
}

function audioIn(details: unknown): number {
  if (!Array.isArray(details)) return 0;
  const parts = details.filter((part: unknown): part is Fields => isFields(part) && part.modality === 'AUDIO');
  return parts.reduce((sum, part) => sum + (countOf(part.tokenCount) ?? 0), 0);
}
