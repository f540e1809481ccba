import { NO_USAGE } from '../../journal/no-usage.js';
import { readGeminiUsage } from './gemini-usage.js';

describe(readGeminiUsage.name, () => {
  it.each([
    [
      'plain counts',
      { promptTokenCount: 9, candidatesTokenCount: 5, totalTokenCount: 14 },
      { input_tokens: 9, output_tokens: 5 },
    ],
    [
      'the cache inside the prompt',
      { promptTokenCount: 29, cachedContentTokenCount: 20, candidatesTokenCount: 5 },
      { input_tokens: 29, cached_input_tokens: 20, output_tokens: 5 },
    ],
    [
      'thoughts beside the candidates',
      { promptTokenCount: 9, candidatesTokenCount: 5, thoughtsTokenCount: 7, totalTokenCount: 21 },
      { input_tokens: 9, output_tokens: 12, reasoning_tokens: 7 },
    ],
    [
      'what tools of its own brought',
      { promptTokenCount: 9, toolUsePromptTokenCount: 30, candidatesTokenCount: 5 },
      { input_tokens: 39, output_tokens: 5 },
    ],
    [
      'sound',
      {
        promptTokenCount: 40,
        promptTokensDetails: [
          { modality: 'TEXT', tokenCount: 8 },
          { modality: 'AUDIO', tokenCount: 32 },
        ],
        candidatesTokenCount: 5,
      },
      { input_tokens: 40, audio_input_tokens: 32, output_tokens: 5 },
    ],
    ['a prompt that was blocked', { promptTokenCount: 4, totalTokenCount: 4 }, { input_tokens: 4 }],
  ])('reads %s', (_, usage, expected) => {
    expect(readGeminiUsage(usage)).toEqual({ ...NO_USAGE, usage_source: 'provider', ...expected });
  });

  it.each([undefined, null, 'x', {}, { totalTokenCount: 4 }])('reads nothing from %j', (value) => {
    expect(readGeminiUsage(value)).toBeUndefined();
  });
});
