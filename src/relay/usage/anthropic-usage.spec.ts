import { NO_USAGE } from '../../journal/no-usage.js';
import { AnthropicStreamUsage, readAnthropicUsage } from './anthropic-usage.js';

const reported = { ...NO_USAGE, usage_source: 'provider' };

describe(readAnthropicUsage.name, () => {
  it.each([
    ['plain counts', { input_tokens: 9, output_tokens: 5 }, { input_tokens: 9, output_tokens: 5 }],
    [
      'the cache beside the input',
      { input_tokens: 9, cache_read_input_tokens: 20, cache_creation_input_tokens: 4, output_tokens: 5 },
      { input_tokens: 33, cached_input_tokens: 20, cache_write_tokens: 4, output_tokens: 5 },
    ],
    [
      'writes by how long they last',
      {
        input_tokens: 1,
        cache_creation_input_tokens: 7,
        cache_creation: { ephemeral_5m_input_tokens: 4, ephemeral_1h_input_tokens: 3 },
        output_tokens: 2,
      },
      { input_tokens: 8, cache_write_tokens: 7, cache_write_1h_tokens: 3, output_tokens: 2 },
    ],
    [
      'nulls',
      { input_tokens: 3, cache_read_input_tokens: null, output_tokens: 1 },
      { input_tokens: 3, output_tokens: 1 },
    ],
    [
      'thinking inside the output',
      { input_tokens: 3, output_tokens: 10, output_tokens_details: { thinking_tokens: 6 } },
      { input_tokens: 3, output_tokens: 10, reasoning_tokens: 6 },
    ],
  ])('reads %s', (_, usage, expected) => {
    expect(readAnthropicUsage(usage)).toEqual({ ...reported, ...expected });
  });

  it.each([undefined, null, 'x', {}, { cache_read_input_tokens: 4 }])('reads nothing from %j', (value) => {
    expect(readAnthropicUsage(value)).toBeUndefined();
  });
});

describe(AnthropicStreamUsage.name, () => {
  const after = (...parts: unknown[]) => {
    const usage = new AnthropicStreamUsage();
    for (const part of parts) usage.take(part);
    return usage.read();
  };

  it('takes the last count, not the sum: they are cumulative', () => {
    const usage = after(
      { input_tokens: 43, output_tokens: 1 },
      { output_tokens: 9 },
      { input_tokens: 61, output_tokens: 15 },
    );
    expect(usage).toEqual({ ...reported, input_tokens: 61, output_tokens: 15 });
  });

  it('keeps what the start said when the end leaves it out, or has null or zero', () => {
    const start = { input_tokens: 43, cache_read_input_tokens: 10, output_tokens: 1 };
    const usage = after(start, { input_tokens: 0, cache_read_input_tokens: null, output_tokens: 15 });
    expect(usage).toEqual({ ...reported, input_tokens: 53, cached_input_tokens: 10, output_tokens: 15 });
  });

  it('takes the input from the end when the start had none', () => {
    expect(after({ input_tokens: 0, output_tokens: 0 }, { input_tokens: 12, output_tokens: 3 })).toMatchObject({
      input_tokens: 12,
      output_tokens: 3,
    });
  });
});
