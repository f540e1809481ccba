import type { LedgerUsage } from '../../journal/ledger-record.js';
import { NO_USAGE } from '../../journal/no-usage.js';
import { countOf, isFields, type Fields } from './usage-fields.js';

/**
 * Reads Bedrock's `usage`, which counts the cache beside `inputTokens`, not in it; reasoning is in the output and not told
 * apart. `undefined` when it says nothing.
 */
export function readBedrockUsage(value: unknown): LedgerUsage | undefined {
  if (!isFields(value)) return undefined;
  const input = countOf(value.inputTokens);
  const output = countOf(value.outputTokens);
  if (input === undefined && output === undefined) return undefined;
  const cached = countOf(value.cacheReadInputTokens) ?? 0;
  const written = countOf(value.cacheWriteInputTokens) ?? 0;
  return {
    ...NO_USAGE,
    usage_source: 'provider',
    input_tokens: (input ?? 0) + cached + written,
    cached_input_tokens: cached,
    cache_write_tokens: written,
    cache_write_1h_tokens: Math.min(hourOf(value.cacheDetails), written),
    output_tokens: output ?? 0,
  };
}

function hourOf(details: unknown): number {
  if (!Array.isArray(details)) return 0;
  const parts = details.filter((part: unknown): part is Fields => isFields(part) && part.ttl === '1h');
  return parts.reduce((sum, part) => sum + (countOf(part.inputTokens) ?? 0), 0);
}
