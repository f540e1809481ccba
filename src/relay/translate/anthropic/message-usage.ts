import type { LedgerUsage } from '../../../journal/ledger-record.js';
import { NO_USAGE } from '../../../journal/no-usage.js';
import type { JsonObject } from '../../../snapshot/snapshot.js';

/** Usage as Anthropic tells it: what came from the cache and what went there stand beside the rest of the input. */
export function messageUsage(usage: LedgerUsage = NO_USAGE): JsonObject {
  const { cached_input_tokens: read, cache_write_tokens: written, cache_write_1h_tokens: hour } = usage;
  return {
    input_tokens: Math.max(0, usage.input_tokens - read - written),
    cache_creation_input_tokens: written,
    cache_read_input_tokens: read,
    cache_creation: { ephemeral_5m_input_tokens: Math.max(0, written - hour), ephemeral_1h_input_tokens: hour },
    output_tokens: usage.output_tokens,
    ...(usage.reasoning_tokens > 0 && { output_tokens_details: { thinking_tokens: usage.reasoning_tokens } }),
  };
}
