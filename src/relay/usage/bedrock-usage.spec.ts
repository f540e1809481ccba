import { NO_USAGE } from '../../journal/no-usage.js';
import { readBedrockUsage } from './bedrock-usage.js';

describe(readBedrockUsage.name, () => {
  it.each([
    ['plain counts', { inputTokens: 9, outputTokens: 5, totalTokens: 14 }, { input_tokens: 9, output_tokens: 5 }],
    [
      'the cache beside the input',
      { inputTokens: 9, cacheReadInputTokens: 20, cacheWriteInputTokens: 4, outputTokens: 5, totalTokens: 38 },
      { input_tokens: 33, cached_input_tokens: 20, cache_write_tokens: 4, output_tokens: 5 },
    ],
    [
      'writes by how long they last',
      {
        inputTokens: 1,
        cacheWriteInputTokens: 7,
        outputTokens: 2,
        cacheDetails: [
          { ttl: '1h', inputTokens: 3 },
          { ttl: '5m', inputTokens: 4 },
        ],
      },
      { input_tokens: 8, cache_write_tokens: 7, cache_write_1h_tokens: 3, output_tokens: 2 },
    ],
  ])('reads %s', (_, usage, expected) => {
    expect(readBedrockUsage(usage)).toEqual({ ...NO_USAGE, usage_source: 'provider', ...expected });
  });

  it.each([undefined, null, 'x', {}, { totalTokens: 4 }])('reads nothing from %j', (value) => {
    expect(readBedrockUsage(value)).toBeUndefined();
  });
});
