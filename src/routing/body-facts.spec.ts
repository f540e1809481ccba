import fc from 'fast-check';
import {
  conversationOf,
  countMessages,
  countPromptBytes,
  estimateInputTokens,
  hasAudio,
  hasImages,
  hasTools,
  maxOutputOf,
  metadataOf,
  responseFormatOf,
  wantsReasoning,
} from './body-facts.js';
import { givenBody } from './given-body.js';
import { runs } from '../../test/support/runs.js';

const says = (content: unknown, role = 'user') => ({ role, content });
const picture = `data:image/png;base64,${'A'.repeat(400_000)}`;

describe('facts about a body', () => {
  it('estimate a token for four bytes, and count pictures and sounds apart from their bytes', () => {
    const text = estimateInputTokens(givenBody({ messages: [says('x'.repeat(4000))] }));
    expect(text).toBeGreaterThan(1000);
    expect(text).toBeLessThan(1020);
    const seen = estimateInputTokens(
      givenBody({ messages: [says([{ type: 'image_url', image_url: { url: picture } }])] }),
    );
    expect(seen).toBeGreaterThan(1000);
    expect(seen).toBeLessThan(1100);
    const source = { type: 'base64', media_type: 'image/png', data: 'A'.repeat(400_000) };
    expect(estimateInputTokens(givenBody({ messages: [says([{ type: 'image', source }])] }))).toBeLessThan(1100);
    const sound = { type: 'input_audio', input_audio: { data: 'A'.repeat(90_000), format: 'wav' } };
    expect(estimateInputTokens(givenBody({ messages: [says([sound])] }))).toBeLessThan(1100);
  });

  it('estimate no more than a token for four bytes, whatever is in the prompt', () => {
    const part = fc.oneof(
      fc.string().map((text) => ({ type: 'text', text })),
      fc
        .nat(9000)
        .map((length) => ({ type: 'image_url', image_url: { url: `data:a/b;base64,${'A'.repeat(length)}` } })),
      fc.nat(9000).map((length) => ({ type: 'input_audio', input_audio: { data: 'A'.repeat(length) } })),
    );
    fc.assert(
      fc.property(fc.array(part), (content) => {
        const body = givenBody({ messages: [says(content)], tools: [] });
        expect(estimateInputTokens(body)).toBeLessThanOrEqual(Math.ceil(countPromptBytes(body) / 4));
      }),
      { numRuns: runs(50) },
    );
  });

  it('see pictures and sounds in all dialects, but not in texts about them', () => {
    expect(hasImages(givenBody({ messages: [says([{ type: 'image_url', image_url: { url: 'https://x' } }])] }))).toBe(
      true,
    );
    expect(hasImages(givenBody({ input: [says([{ type: 'input_image', image_url: 'https://x' }])] }))).toBe(true);
    expect(hasImages(givenBody({ messages: [says([{ type: 'image', source: {} }])] }))).toBe(true);
    expect(hasImages(givenBody({ messages: [says('use {"type":"image_url"} for "image"')] }))).toBe(false);
    expect(hasAudio(givenBody({ messages: [says([{ type: 'input_audio', input_audio: {} }])] }))).toBe(true);
    expect(hasAudio(givenBody({ messages: [says('"input_audio"')] }))).toBe(false);
  });

  it('count messages and see tools', () => {
    expect(countMessages(givenBody({ messages: [says('a'), says('b', 'assistant'), says('c')] }))).toBe(3);
    expect(countMessages(givenBody({ input: 'one' }))).toBe(1);
    expect(countMessages(givenBody({}))).toBe(0);
    expect(hasTools(givenBody({ tools: [{}] }))).toBe(true);
    expect(hasTools(givenBody({ tools: [] }))).toBe(false);
  });

  it.each([
    [{ reasoning_effort: 'low' }, true],
    [{ reasoning_effort: 'none' }, false],
    [{ reasoning: { effort: 'high' } }, true],
    [{ reasoning: null }, false],
    [{ thinking: { type: 'enabled', budget_tokens: 1024 } }, true],
    [{ thinking: { type: 'disabled' } }, false],
    [{}, false],
  ])('tell whether %o wants reasoning: %s', (body, isWanted) => {
    expect(wantsReasoning(givenBody(body))).toBe(isWanted);
  });

  it('read formats, bounds and metadata', () => {
    expect(responseFormatOf(givenBody({ response_format: { type: 'json_schema' } }))).toBe('json_schema');
    expect(responseFormatOf(givenBody({ text: { format: { type: 'json_object' } } }))).toBe('json_object');
    expect(responseFormatOf(givenBody({ response_format: 5 }))).toBe('text');
    expect(maxOutputOf(givenBody({ max_completion_tokens: 7, max_tokens: 8 }))).toBe(7);
    expect(maxOutputOf(givenBody({ max_tokens: 'many' }))).toBeNull();
    expect(metadataOf(givenBody({ metadata: { user: 'ada' }, user: 'eve' }), 'user')).toBe('ada');
    expect(metadataOf(givenBody({ user: 'eve' }), 'user')).toBe('eve');
  });

  it('know a conversation by how it began', () => {
    const begun = [says('Be kind.', 'system'), says('Hello')];
    const first = conversationOf(givenBody({ messages: begun }));
    expect(conversationOf(givenBody({ messages: [...begun, says('Hi!', 'assistant'), says('More')] }))).toBe(first);
    expect(conversationOf(givenBody({ messages: [says('Be kind.', 'system'), says('Bye')] }))).not.toBe(first);
    expect(conversationOf(givenBody({ input: 'Hello' }))).not.toBeNull();
    expect(conversationOf(givenBody({}))).toBeNull();
  });
});
