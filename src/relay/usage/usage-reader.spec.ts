import fc from 'fast-check';
import type { LedgerUsage } from '../../journal/ledger-record.js';
import { NO_USAGE } from '../../journal/no-usage.js';
import { CumulativeUsage } from './cumulative-usage.js';
import { readUsageOf } from './usage-reader.js';
import { USAGE_TABLE, type UsageForm } from './usage-table.js';
import { runs } from '../../../test/support/runs.js';

const inLedger = (parts: Partial<LedgerUsage>): LedgerUsage => ({ ...NO_USAGE, usage_source: 'provider', ...parts });

describe('reading what a provider says was used', () => {
  it.each<[string, UsageForm, unknown, Partial<LedgerUsage>]>([
    [
      'chat with all details',
      'openai',
      {
        prompt_tokens: 50,
        completion_tokens: 70,
        total_tokens: 120,
        prompt_tokens_details: { cached_tokens: 20, audio_tokens: 4, cache_write_tokens: 6 },
        completion_tokens_details: { reasoning_tokens: 30, audio_tokens: 2 },
      },
      {
        input_tokens: 50,
        cached_input_tokens: 20,
        cache_write_tokens: 6,
        audio_input_tokens: 4,
        output_tokens: 70,
        reasoning_tokens: 30,
        audio_output_tokens: 2,
      },
    ],
    [
      'reasoning beside the completion, as the total says',
      'openai',
      {
        prompt_tokens: 30,
        completion_tokens: 10,
        total_tokens: 90,
        completion_tokens_details: { reasoning_tokens: 50 },
      },
      { input_tokens: 30, output_tokens: 60, reasoning_tokens: 50 },
    ],
    ['embeddings', 'openai', { prompt_tokens: 4, total_tokens: 4 }, { input_tokens: 4 }],
    [
      'numbers as texts',
      'openai',
      { prompt_tokens: '5', completion_tokens: '7' },
      { input_tokens: 5, output_tokens: 7 },
    ],
    ['explicit zeros', 'openai', { prompt_tokens: 0, completion_tokens: 0 }, {}],
    ['nonsense numbers', 'openai', { prompt_tokens: -5, completion_tokens: 1.9 }, { output_tokens: 1 }],
    [
      'more cached than there was',
      'openai',
      { prompt_tokens: 5, prompt_tokens_details: { cached_tokens: 9 } },
      { input_tokens: 5, cached_input_tokens: 5 },
    ],
    [
      'everything of a message',
      'anthropic',
      {
        input_tokens: 21,
        cache_read_input_tokens: 1000,
        cache_creation_input_tokens: 300,
        cache_creation: { ephemeral_5m_input_tokens: 200, ephemeral_1h_input_tokens: 100 },
        output_tokens: 393,
        output_tokens_details: { thinking_tokens: 120 },
        server_tool_use: { web_search_requests: 1 },
      },
      {
        input_tokens: 1321,
        cached_input_tokens: 1000,
        cache_write_tokens: 300,
        cache_write_1h_tokens: 100,
        output_tokens: 393,
        reasoning_tokens: 120,
        searches: 1,
      },
    ],
    [
      'a cache that was both read and written',
      'bedrock',
      { inputTokens: 9, cacheReadInputTokens: 20, cacheWriteInputTokens: 4, outputTokens: 5, totalTokens: 38 },
      { input_tokens: 33, cached_input_tokens: 20, cache_write_tokens: 4, output_tokens: 5 },
    ],
  ])('reads %s', (_, form, usage, expected) => {
    expect(readUsageOf[form](usage)).toEqual(inLedger(expected));
  });

  it.each<[UsageForm, unknown]>([
    ['openai', null],
    ['openai', {}],
    ['openai', []],
    ['anthropic', 'x'],
    ['anthropic', { cache_read_input_tokens: 4 }],
    ['gemini', { totalTokenCount: 4 }],
    ['bedrock', { totalTokens: 4 }],
    ['cohere', { tokens: { input_tokens: 4 } }],
  ])('reads nothing of %s from %j', (form, usage) => {
    expect(readUsageOf[form](usage)).toBeUndefined();
  });

  it('never makes a part larger than its whole, whatever it reads', () => {
    const names = Object.values(USAGE_TABLE).flatMap((rows) => rows.flatMap(({ at }) => at.split(/[.[\]=]/)));
    const keys = fc.constantFrom(...new Set(names.filter(Boolean)));
    const count = fc.oneof(fc.nat(), fc.constantFrom(null, -1, 0.5, '7', 'x', true, NaN, 1e300, Infinity));
    const part = fc.dictionary(keys, fc.oneof(count, keys), { maxKeys: 6 });
    const usage = fc.dictionary(keys, fc.oneof(count, part, fc.array(part, { maxLength: 3 })), { maxKeys: 12 });
    fc.assert(
      fc.property(usage, fc.constantFrom(...(Object.keys(USAGE_TABLE) as UsageForm[])), (value, form) => {
        const read = readUsageOf[form](value);
        if (!read) return;
        const { input_tokens: input, output_tokens: output } = read;
        expect(Object.values(read).every((part) => typeof part === 'string' || part >= 0)).toBe(true);
        expect(read.cached_input_tokens + read.cache_write_tokens).toBeLessThanOrEqual(input);
        expect(read.cache_write_1h_tokens).toBeLessThanOrEqual(read.cache_write_tokens);
        expect(Math.max(read.audio_input_tokens, read.image_input_tokens)).toBeLessThanOrEqual(input);
        expect(Math.max(read.reasoning_tokens, read.audio_output_tokens)).toBeLessThanOrEqual(output);
      }),
      { numRuns: runs(2000) },
    );
  });
});

describe(CumulativeUsage.name, () => {
  const after = (...parts: unknown[]) => {
    const usage = new CumulativeUsage(readUsageOf.anthropic);
    for (const part of parts) usage.take(part);
    return usage.read();
  };

  it('takes the last count, not the sum: they are cumulative', () => {
    const usage = after(
      { input_tokens: 43, output_tokens: 1 },
      { output_tokens: 9 },
      { input_tokens: 61, output_tokens: 15 },
    );
    expect(usage).toEqual(inLedger({ input_tokens: 61, output_tokens: 15 }));
  });

  it('keeps what the start said when the end leaves it out, or has null or zero', () => {
    const start = { input_tokens: 43, cache_read_input_tokens: 10, output_tokens: 1 };
    const usage = after(start, { input_tokens: 0, cache_read_input_tokens: null, output_tokens: 15 });
    expect(usage).toEqual(inLedger({ input_tokens: 53, cached_input_tokens: 10, output_tokens: 15 }));
  });

  it('takes the input from the end when the start had none', () => {
    expect(after({ input_tokens: 0, output_tokens: 0 }, { input_tokens: 12, output_tokens: 3 })).toMatchObject({
      input_tokens: 12,
      output_tokens: 3,
    });
  });
});
