import type { LedgerUsage } from '../../../journal/ledger-record.js';
import type { JsonObject } from '../../../snapshot/snapshot.js';

/** Usage as chat completions tell it: the cache is inside the prompt, reasoning inside the completion. */
export function chatUsage(usage: LedgerUsage): JsonObject {
  const { input_tokens: input, output_tokens: output } = usage;
  return {
    prompt_tokens: input,
    completion_tokens: output,
    total_tokens: input + output,
    prompt_tokens_details: {
      cached_tokens: usage.cached_input_tokens,
      audio_tokens: usage.audio_input_tokens,
      cache_write_tokens: usage.cache_write_tokens,
    },
    completion_tokens_details: {
      reasoning_tokens: usage.reasoning_tokens,
      audio_tokens: usage.audio_output_tokens,
      accepted_prediction_tokens: 0,
      rejected_prediction_tokens: 0,
    },
  };
}
