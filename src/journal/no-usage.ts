import type { LedgerUsage } from './ledger-record.js';

/** Nothing was used, or nothing is known. */
export const NO_USAGE: LedgerUsage = Object.freeze({
  usage_source: 'none',
  input_tokens: 0,
  cached_input_tokens: 0,
  cache_write_tokens: 0,
  cache_write_1h_tokens: 0,
  audio_input_tokens: 0,
  image_input_tokens: 0,
  output_tokens: 0,
  reasoning_tokens: 0,
  audio_output_tokens: 0,
  image_output_tokens: 0,
  images: 0,
  audio_ms: 0,
  characters: 0,
  searches: 0,
});
