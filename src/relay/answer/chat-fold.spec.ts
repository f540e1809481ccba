import { ForeignAnswer } from '../translate/translation.js';
import { foldChat } from './chat-fold.js';

const stream = (...chunks: object[]): Buffer =>
  Buffer.from([...chunks.map((chunk) => `data: ${JSON.stringify(chunk)}\n\n`), 'data: [DONE]\n\n'].join(''));
const head = { id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1, model: 'm' };
const chunk = (delta: object, rest: object = {}) => ({
  ...head,
  choices: [{ index: 0, delta, finish_reason: null, ...rest }],
});

describe(foldChat.name, () => {
  it('joins what was said, and keeps reasoning, refusal, finish reason, usage and identity', () => {
    const usage = { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 };
    const folded = foldChat(
      stream(
        chunk({ role: 'assistant', content: '' }),
        chunk({ reasoning_content: 'Hm' }),
        chunk({ reasoning_content: 'm.' }),
        chunk({ content: 'Bees ' }),
        chunk({ content: 'dance.' }),
        chunk({}, { finish_reason: 'stop' }),
        { ...head, choices: [], usage },
      ),
    );
    expect(folded).toEqual({
      id: 'chatcmpl-1',
      object: 'chat.completion',
      created: 1,
      model: 'm',
      choices: [
        {
          index: 0,
          message: { role: 'assistant', content: 'Bees dance.', reasoning_content: 'Hmm.' },
          logprobs: null,
          finish_reason: 'stop',
        },
      ],
      usage,
    });
  });

  it('puts the pieces of tool calls together, each with its own', () => {
    const call = (index: number, rest: object) => chunk({ tool_calls: [{ index, ...rest }] });
    const folded = foldChat(
      stream(
        call(0, { id: 'a', type: 'function', function: { name: 'f', arguments: '' } }),
        call(0, { function: { arguments: '{"x"' } }),
        call(1, { id: 'b', type: 'function', function: { name: 'g', arguments: '{' } }),
        call(0, { id: null, type: null, function: { name: null, arguments: ':1}' } }),
        call(1, { id: 'b', function: { name: 'g', arguments: '}' } }),
        chunk({}, { finish_reason: 'stop' }),
      ),
    );
    expect(folded.choices).toEqual([
      {
        index: 0,
        message: {
          role: 'assistant',
          content: null,
          tool_calls: [
            { id: 'a', type: 'function', function: { name: 'f', arguments: '{"x":1}' } },
            { id: 'b', type: 'function', function: { name: 'g', arguments: '{}' } },
          ],
        },
        logprobs: null,
        finish_reason: 'tool_calls',
      },
    ]);
  });

  it('keeps choices apart, and the log probabilities of each', () => {
    const of = (index: number, content: string, reason: string | null) => ({
      index,
      delta: { content },
      logprobs: { content: [{ token: content }], refusal: null },
      finish_reason: reason,
    });
    const folded = foldChat(
      stream(
        { ...head, choices: [of(1, 'b', null), of(0, 'a', null)] },
        { ...head, choices: [of(0, 'A', 'stop'), of(1, 'B', 'length')] },
      ),
    );
    expect(folded.choices).toMatchObject([
      { index: 0, message: { content: 'aA' }, logprobs: { content: [{ token: 'a' }, { token: 'A' }] } },
      { index: 1, message: { content: 'bB' }, finish_reason: 'length' },
    ]);
  });

  it.each([
    ['broke off', Buffer.from(`data: ${JSON.stringify(chunk({ content: 'Bees' }))}\n\n`)],
    ['is empty', Buffer.alloc(0)],
    ['failed', stream(chunk({ content: 'Bees' }), { error: { message: 'Oops' } })],
  ])('makes no answer of a stream that %s', (_, raw) => {
    expect(() => foldChat(raw)).toThrow(ForeignAnswer);
  });
});
