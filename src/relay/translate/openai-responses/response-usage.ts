import type { LedgerUsage } from '../../../journal/ledger-record.js';
import type { JsonObject } from '../../../snapshot/snapshot.js';

/** Usage as responses tell it: the cache is inside the input, reasoning inside the output. */
export function responseUsage(usage: LedgerUsage): JsonObject {
  const { input_tokens: input, output_tokens: output } = usage;
  return {
    input_tokens: input,
    input_tokens_details: { cached_tokens: usage.cached_input_tokens, cache_write_tokens: usage.cache_write_tokens },
    output_tokens: output,
    output_tokens_details: { reasoning_tokens: usage.reasoning_tokens },
    total_tokens: input + output,
  };
}
