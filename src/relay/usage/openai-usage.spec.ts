import type { LedgerUsage } from '../../journal/ledger-record.js';
import { NO_USAGE } from '../../journal/no-usage.js';
import { readUsage } from './openai-usage.js';

describe(readUsage.name, () => {
  it.each<[string, unknown, Partial<LedgerUsage> | undefined]>([
    ['chat', { prompt_tokens: 5, completion_tokens: 7, total_tokens: 12 }, { input_tokens: 5, output_tokens: 7 }],
    [
      'chat with details',
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
      'responses',
      {
        input_tokens: 9,
        input_tokens_details: { cached_tokens: 3 },
        output_tokens: 8,
        output_tokens_details: { reasoning_tokens: 2 },
      },
      { input_tokens: 9, cached_input_tokens: 3, output_tokens: 8, reasoning_tokens: 2 },
    ],
    [
      'DeepSeek',
      { prompt_tokens: 10, completion_tokens: 1, prompt_cache_hit_tokens: 8, prompt_cache_miss_tokens: 2 },
      { input_tokens: 10, cached_input_tokens: 8, output_tokens: 1 },
    ],
    [
      'reasoning beside the completion',
      {
        prompt_tokens: 10,
        completion_tokens: 5,
        total_tokens: 35,
        completion_tokens_details: { reasoning_tokens: 20 },
      },
      { input_tokens: 10, output_tokens: 25, reasoning_tokens: 20 },
    ],
    ['embeddings', { prompt_tokens: 4, total_tokens: 4 }, { input_tokens: 4 }],
    ['a total alone', { total_tokens: 4 }, { input_tokens: 4 }],
    ['a duration', { type: 'duration', seconds: 3.25 }, { audio_ms: 3250 }],
    [
      'transcription tokens',
      { type: 'tokens', input_tokens: 14, input_token_details: { text_tokens: 4, audio_tokens: 10 }, output_tokens: 6 },
      { input_tokens: 14, audio_input_tokens: 10, output_tokens: 6 },
    ],
    ['numbers as texts', { prompt_tokens: '5', completion_tokens: '7' }, { input_tokens: 5, output_tokens: 7 }],
    ['explicit zeros', { prompt_tokens: 0, completion_tokens: 0 }, {}],
    ['nonsense numbers', { prompt_tokens: -5, completion_tokens: 1.9 }, { output_tokens: 1 }],
    [
      'more cached than there was',
      { prompt_tokens: 5, prompt_tokens_details: { cached_tokens: 9 } },
      { input_tokens: 5, cached_input_tokens: 5 },
    ],
    ['nothing', null, undefined],
    ['an empty object', {}, undefined],
    ['a list', [], undefined],
  ])('reads %s', (_, usage, expected) => {
    expect(readUsage(usage)).toEqual(expected && { ...NO_USAGE, usage_source: 'provider', ...expected });
  });
});
