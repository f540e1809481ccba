import type { LedgerUsage } from '../../journal/ledger-record.js';
import { NO_USAGE } from '../../journal/no-usage.js';
import { countOf, isFields, type Fields } from './usage-fields.js';

/**
 * Reads the `usage` object of OpenAI-like answers, whatever the dialect's names: chat (`prompt_tokens`), responses and
 * images (`input_tokens`), transcription (`type: duration`), DeepSeek's cache counts. `undefined` when it says nothing.
 */
export function readUsage(value: unknown): LedgerUsage | undefined {
  if (!isFields(value)) return undefined;
  if (value.type === 'duration') return reported({ audio_ms: Math.round(decimal(value.seconds) * 1000) });
  const input = firstCount(value.prompt_tokens, value.input_tokens);
  const output = firstCount(value.completion_tokens, value.output_tokens);
  if (input === undefined && output === undefined) return onlyTotal(value);
  return reported({ ...inputParts(value, input ?? 0), ...outputParts(value, input ?? 0, output ?? 0) });
}

function inputParts(usage: Fields, input: number): Partial<LedgerUsage> {
  const details = fieldsOf(usage.prompt_tokens_details, usage.input_tokens_details, usage.input_token_details);
  const cached = firstCount(details.cached_tokens, usage.prompt_cache_hit_tokens) ?? 0;
  const written = firstCount(details.cache_write_tokens, details.cache_creation_tokens) ?? 0;
  const audio = countOf(details.audio_tokens) ?? 0;
  return {
    input_tokens: input,
    cached_input_tokens: Math.min(cached, input),
    cache_write_tokens: Math.min(written, input - Math.min(cached, input)),
    audio_input_tokens: Math.min(audio, input),
  };
}

function outputParts(usage: Fields, input: number, output: number): Partial<LedgerUsage> {
  const details = fieldsOf(usage.completion_tokens_details, usage.output_tokens_details, usage.output_token_details);
  const reasoning = countOf(details.reasoning_tokens) ?? 0;
  const total = countOf(usage.total_tokens) ?? 0;
  // xAI, in some versions, reports reasoning beside the completion: then only all three add up to the total.
  const isOutside = reasoning > 0 && total === input + output + reasoning;
  const all = isOutside ? output + reasoning : output;
  return {
    output_tokens: all,
    reasoning_tokens: Math.min(reasoning, all),
    audio_output_tokens: Math.min(countOf(details.audio_tokens) ?? 0, all),
  };
}

function onlyTotal(usage: Fields): LedgerUsage | undefined {
  const total = countOf(usage.total_tokens);
  return total === undefined ? undefined : reported({ input_tokens: total });
}

function reported(parts: Partial<LedgerUsage>): LedgerUsage {
  return { ...NO_USAGE, usage_source: 'provider', ...parts };
}

/** The first object among the candidates. */
function fieldsOf(...candidates: readonly unknown[]): Fields {
  return candidates.find(isFields) ?? {};
}

function firstCount(...candidates: readonly unknown[]): number | undefined {
  for (const candidate of candidates) {
    const value = countOf(candidate);
    if (value !== undefined) return value;
  }
  return undefined;
}

function decimal(value: unknown): number {
  const number = typeof value === 'string' ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) && number > 0 ? number : 0;
}
