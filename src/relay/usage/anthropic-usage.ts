import type { LedgerUsage } from '../../journal/ledger-record.js';
import { NO_USAGE } from '../../journal/no-usage.js';
import { countOf, isFields, type Fields } from './usage-fields.js';

/**
 * Reads Anthropic's `usage`, which counts what came from the cache and what went there beside `input_tokens`, not in it.
 * `undefined` when it says nothing.
 */
export function readAnthropicUsage(value: unknown): LedgerUsage | undefined {
  if (!isFields(value)) return undefined;
  const input = countOf(value.input_tokens);
  const output = countOf(value.output_tokens);
  if (input === undefined && output === undefined) return undefined;
  const cached = countOf(value.cache_read_input_tokens) ?? 0;
  const written = writtenTokens(value);
  const details = isFields(value.output_tokens_details) ? value.output_tokens_details : {};
  return {
    ...NO_USAGE,
    usage_source: 'provider',
    input_tokens: (input ?? 0) + cached + written.all,
    cached_input_tokens: cached,
    cache_write_tokens: written.all,
    cache_write_1h_tokens: written.hour,
    output_tokens: output ?? 0,
    reasoning_tokens: Math.min(countOf(details.thinking_tokens) ?? 0, output ?? 0),
  };
}

function writtenTokens(usage: Fields): { readonly all: number; readonly hour: number } {
  const parts = isFields(usage.cache_creation) ? usage.cache_creation : {};
  const hour = countOf(parts.ephemeral_1h_input_tokens) ?? 0;
  const minutes = countOf(parts.ephemeral_5m_input_tokens) ?? 0;
  const all = Math.max(countOf(usage.cache_creation_input_tokens) ?? 0, hour + minutes);
  return { all, hour };
}

/**
 * What a stream has said so far: `message_delta` repeats counts of `message_start`, larger by now, or leaves them out. A
 * zero or `null` never takes back what was known.
 */
export class AnthropicStreamUsage {
  private known: Fields = {};

  /** Takes another `usage` object. */
  take(value: unknown): void {
    if (!isFields(value)) return;
    const said = Object.entries(value).filter(([name, part]) => part !== null && (part !== 0 || !(name in this.known)));
    this.known = { ...this.known, ...Object.fromEntries(said) };
  }

  read(): LedgerUsage | undefined {
    return readAnthropicUsage(this.known);
  }
}
