import fc from 'fast-check';
import type { StreamShape } from './event-reader.js';
import { StreamFilter } from './stream-filter.js';

const chat: StreamShape = { operation: 'chat', dialect: 'openai-chat', model: null, hideUsage: false };
const event = (payload: unknown) => `data: ${JSON.stringify(payload)}\n\n`;
const delta = (content: string) => event({ id: 'c', model: 'up', choices: [{ index: 0, delta: { content } }] });
const finish = event({ id: 'c', model: 'up', choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] });
const usage = { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 };
const usageChunk = event({ id: 'c', model: 'up', choices: [], usage });
const done = 'data: [DONE]\n\n';

/** Feeds the text in pieces cut at the given places; returns what a client would get, ending included. */
function filtered(text: string, shape: Partial<StreamShape> = {}, cuts: readonly number[] = []) {
  const filter = new StreamFilter({ ...chat, ...shape });
  const raw = Buffer.from(text);
  const places = [...new Set(cuts.map((cut) => cut % (raw.length + 1)))].toSorted((a, b) => a - b);
  let sent = '';
  for (const [index, place] of [0, ...places].entries()) {
    sent += filter.push(raw.subarray(place, places[index] ?? raw.length))?.toString() ?? '';
  }
  return { filter, sent, all: sent + (filter.isComplete ? (filter.finish()?.toString() ?? '') : '') };
}

describe(StreamFilter.name, () => {
  it('passes a stream on byte by byte as it came, when nothing is to change, and holds [DONE] back', () => {
    const text = delta('a') + ': ping\n\n' + delta('b') + finish + usageChunk + done;
    const { sent, all, filter } = filtered(text);
    expect(sent).toBe(text.slice(0, -done.length));
    expect(all).toBe(text);
    expect(filter.usage).toMatchObject({ usage_source: 'provider', input_tokens: 3, output_tokens: 2 });
  });

  const anyCuts = fc.array(fc.nat(), { maxLength: 40 });
  const anyText = fc.string({ unit: 'binary', maxLength: 30 });
  it('sends the same bytes wherever the network cuts the stream', () => {
    const newline = fc.constantFrom('\n', '\r\n');
    const shapes = fc.record({ model: fc.constantFrom(null, 'profile'), hideUsage: fc.boolean() });
    fc.assert(
      fc.property(fc.array(anyText), anyCuts, newline, shapes, (texts, cuts, eol, shape) => {
        const text = (texts.map(delta).join('') + finish + usageChunk + done).replaceAll('\n', eol);
        const whole = filtered(text, shape);
        const cut = filtered(text, shape, cuts);
        expect(cut.all).toBe(whole.all);
        expect(cut.filter.usage).toEqual(whole.filter.usage);
        const contents = payloads(cut.all).flatMap(({ choices }) =>
          choices.map((choice) => choice.delta.content ?? ''),
        );
        expect(contents.join('')).toBe(texts.join(''));
      }),
    );
  });

  it('gives every chunk the name of the profile, and touches nothing that only looks like it', () => {
    const tricky = event({ model: 'up', choices: [{ index: 0, delta: { content: '"model":"up"', model: 'up' } }] });
    const { all } = filtered(tricky + finish + done, { model: 'p' });
    expect(all.startsWith(tricky.replace('"model":"up"', '"model":"p"'))).toBe(true);
    expect(payloads(all).map(({ model }) => model)).toEqual(['p', 'p']);
  });

  it('hides the usage chunk from a client that did not ask, and reads it', () => {
    const { all, filter } = filtered(delta('a') + finish + usageChunk + done, { hideUsage: true });
    expect(all).toBe(delta('a') + finish + done);
    expect(filter.usage).toMatchObject({ input_tokens: 3 });
  });

  it('keeps a chunk that has choices beside its usage', () => {
    const mixed = event({ choices: [{ index: 0, delta: {}, finish_reason: 'stop' }], usage });
    expect(filtered(mixed + done, { hideUsage: true }).all).toBe(mixed + done);
  });

  it('takes the last usage when every chunk has one', () => {
    const growing = [1, 2, 3].map((completion_tokens) =>
      event({ choices: [], usage: { prompt_tokens: 9, completion_tokens } }),
    );
    expect(filtered(growing.join('') + finish + done).filter.usage).toMatchObject({
      input_tokens: 9,
      output_tokens: 3,
    });
  });

  it('adds the choices that a usage chunk lacks', () => {
    const { all } = filtered(finish + event({ usage }) + done);
    expect(payloads(all)[1]).toEqual({ choices: [], usage });
  });

  it('adds the [DONE] that an upstream forgot', () => {
    expect(filtered(delta('a') + finish).all).toBe(delta('a') + finish + done);
  });

  it.each([
    ['before its finish reason', delta('a')],
    ['with a null finish reason', event({ choices: [{ index: 0, delta: {}, finish_reason: null }] })],
    ['with [DONE] and no finish reason', delta('a') + done],
    ['in the middle of the finish', finish.slice(0, -1)],
    ['with the words in its text only', delta('"finish_reason":"stop"')],
    ['without a word', ''],
  ])('does not take a stream for complete that ends %s', (_, text) => {
    expect(filtered(text).filter.isComplete).toBe(false);
  });

  it('takes an error event for itself and sends nothing after it', () => {
    const { sent, filter } = filtered(
      delta('a') + event({ error: { message: 'org-secret' } }) + delta('b') + finish + done,
    );
    expect(sent).toBe(delta('a'));
    expect(filter.isComplete).toBe(false);
    expect(filter.upstreamError?.toString()).toContain('org-secret');
  });

  it('goes on over an error that is null', () => {
    const text = event({ error: null, choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] });
    expect(filtered(text + done).all).toBe(text + done);
  });

  it.each(['data: : ping\n\n', 'data:\n\n', 'data: \n\n', 'data: {"a":\n\n'])(
    'drops %j, which would kill clients',
    (bad) => {
      expect(filtered(delta('a') + bad + finish + done).all).toBe(delta('a') + finish + done);
    },
  );

  it('joins a payload that came in several data lines', () => {
    const { all } = filtered('data: {"choices":\ndata: []}\n\n' + finish + done);
    expect(payloads(all)[0]).toEqual({ choices: [] });
  });

  it('keeps what was generated, for a stream whose usage never comes', () => {
    const call = { tool_calls: [{ index: 0, id: 'x', function: { name: 'f', arguments: '{"q":1}' } }] };
    const { filter } = filtered(delta('Hello "you"') + event({ choices: [{ index: 0, delta: call }] }));
    expect(filter.generated().text).toBe(String.raw`Hello \"you\"{\"q\":1}`);
  });

  it('keeps the size of what is pending, not the chunk it came in', () => {
    const filter = new StreamFilter(chat);
    expect(() => {
      for (let i = 0; i < 40; i++) filter.push(Buffer.alloc(1024 * 1024, 0x61));
    }).toThrow('too large');
  });

  const response = { id: 'r', model: 'up', usage: { input_tokens: 4, output_tokens: 6 } };
  const named = (type: string, rest: object = {}) => `event: ${type}\n${event({ type, ...rest })}`;
  it.each(['response.completed', 'response.incomplete', 'response.failed'])('bills and holds back %s', (type) => {
    const start = named('response.output_text.delta', { delta: 'Hi' });
    const text =
      named('response.created', { response: { ...response, usage: null } }) + start + named(type, { response });
    const { sent, all, filter } = filtered(
      text,
      { operation: 'responses', dialect: 'openai-responses', model: 'p' },
      [5, 60, 99],
    );
    expect(sent).toBe(
      (named('response.created', { response: { ...response, usage: null } }) + start).replace('"up"', '"p"'),
    );
    expect(all).toBe(text.replaceAll('"up"', '"p"'));
    expect(filter.isComplete).toBe(true);
    expect(filter.usage).toMatchObject({ input_tokens: 4, output_tokens: 6 });
    expect(filter.generated().text).toBe('Hi');
  });

  it('counts the searches of a response', () => {
    const search = named('response.web_search_call.completed', { item_id: 'ws_1' });
    const text = search + named('response.output_text.delta', { delta: 'web_search_call' }) + search;
    const ended = text + named('response.completed', { response });
    const { filter } = filtered(ended, { operation: 'responses', dialect: 'openai-responses' });
    expect(filter.usage).toMatchObject({ input_tokens: 4, searches: 2 });
  });

  it('does not take a response for complete that was cut', () => {
    const text = named('response.created', { response }) + named('response.output_text.delta', { delta: 'Hi' });
    expect(filtered(text, { operation: 'responses', dialect: 'openai-responses' }).filter.isComplete).toBe(false);
  });
});

interface Chunk {
  model: string;
  choices: { delta: { content?: string } }[];
}

function payloads(text: string): Chunk[] {
  return text
    .split(/\r?\n/)
    .filter((line) => line.startsWith('data: {'))
    .map((line) => JSON.parse(line.slice(6)) as Chunk);
}
