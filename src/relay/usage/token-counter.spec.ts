import { TokenCounter } from './token-counter.js';

describe(TokenCounter.name, () => {
  let counter: TokenCounter;
  beforeEach(() => {
    counter = new TokenCounter();
    return () => counter.close();
  });

  it.each([
    ['a text', '"hello world"', '', { inputTokens: 2, outputTokens: 0 }],
    ['texts', '["hello","world"]', '', { inputTokens: 2, outputTokens: 0 }],
    ['token ids', '[1,2,3]', '', { inputTokens: 3, outputTokens: 0 }],
    // 3 a message, 3 for the priming, one each for "user" and "hello".
    ['messages', '[{"role":"user","content":"hello"}]', '', { inputTokens: 8, outputTokens: 0 }],
    ['generated text with escapes', '', String.raw`hello\nworld`, { inputTokens: 0, outputTokens: 3 }],
    ['generated text cut in an escape', '', 'hello\\', { inputTokens: 0, outputTokens: 2 }],
    ['nothing', '', '', { inputTokens: 0, outputTokens: 0 }],
  ])('counts %s', async (_, prompt, output, expected) => {
    expect(await counter.count(prompt, output)).toEqual(expected);
  });

  const bytes = 'A'.repeat(100_000);
  it.each([
    { type: 'image_url', image_url: { url: `data:image/png;base64,${bytes}` } },
    { type: 'image', source: { type: 'base64', media_type: 'image/png', data: bytes } },
    { type: 'input_audio', input_audio: { format: 'wav', data: bytes } },
  ])('counts media of type $type by what they are, not by their bytes', async (image) => {
    const { inputTokens } = await counter.count(JSON.stringify([{ role: 'user', content: [image] }]), '');
    expect(inputTokens).toBeLessThan(1000);
  });

  it('answers by size when its thread is ended in the middle', async () => {
    const count = counter.count(JSON.stringify('word '.repeat(100_000)), '');
    await counter.close();
    expect((await count).inputTokens).toBe(Math.ceil(500_002 / 4));
  });

  it('answers by size when too much is waiting', async () => {
    const large = JSON.stringify('x'.repeat(40 * 1024 * 1024));
    const first = counter.count(large, '');
    const second = await counter.count(large, '');
    expect(second.inputTokens).toBe(Math.ceil(large.length / 4));
    await counter.close();
    await first;
  });
});
