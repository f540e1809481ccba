import type { LedgerUsage } from '../../journal/ledger-record.js';

/**
 * The counts of a ledger row. A class, as its rows are: with all fields known from the start an object is made in one
 * piece, where spreading others into it would build it field by field, on the way of each call.
 */
export class UsageCounts implements LedgerUsage {
  usage_source: LedgerUsage['usage_source'];
  input_tokens: number;
  cached_input_tokens: number;
  cache_write_tokens: number;
  cache_write_1h_tokens: number;
  audio_input_tokens: number;
  image_input_tokens: number;
  output_tokens: number;
  reasoning_tokens: number;
  audio_output_tokens: number;
  image_output_tokens: number;
  images: number;
  audio_ms: number;
  characters: number;
  searches: number;

  constructor(usage: LedgerUsage) {
    this.usage_source = usage.usage_source;
    this.input_tokens = usage.input_tokens;
    this.cached_input_tokens = usage.cached_input_tokens;
    this.cache_write_tokens = usage.cache_write_tokens;
    this.cache_write_1h_tokens = usage.cache_write_1h_tokens;
    this.audio_input_tokens = usage.audio_input_tokens;
    this.image_input_tokens = usage.image_input_tokens;
    this.output_tokens = usage.output_tokens;
    this.reasoning_tokens = usage.reasoning_tokens;
    this.audio_output_tokens = usage.audio_output_tokens;
    this.image_output_tokens = usage.image_output_tokens;
    this.images = usage.images;
    this.audio_ms = usage.audio_ms;
    this.characters = usage.characters;
    this.searches = usage.searches;
  }

  /** Adds the counts of another attempt; one that was estimated makes the sum an estimate. */
  add(usage: LedgerUsage): void {
    if (usage.usage_source === 'none') return;
    if (usage.usage_source === 'estimated' || this.usage_source === 'none') this.usage_source = usage.usage_source;
    this.input_tokens += usage.input_tokens;
    this.cached_input_tokens += usage.cached_input_tokens;
    this.cache_write_tokens += usage.cache_write_tokens;
    this.cache_write_1h_tokens += usage.cache_write_1h_tokens;
    this.audio_input_tokens += usage.audio_input_tokens;
    this.image_input_tokens += usage.image_input_tokens;
    this.output_tokens += usage.output_tokens;
    this.reasoning_tokens += usage.reasoning_tokens;
    this.audio_output_tokens += usage.audio_output_tokens;
    this.image_output_tokens += usage.image_output_tokens;
    this.images += usage.images;
    this.audio_ms += usage.audio_ms;
    this.characters += usage.characters;
    this.searches += usage.searches;
  }
}
