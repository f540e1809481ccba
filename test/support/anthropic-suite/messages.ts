import { expectTruthfulMessage } from '../message-invariants.js';
import { ask, clientOf, question, type AnthropicTarget, type Target } from './target.js';

/** Plain and streamed messages, with all that comes along. */
export function describeMessages(target: Target): void {
  describePlain(target);
  describeCounts(target);
  describeStreams(target);
}

function describePlain(target: Target): void {
  it('answers a message', async () => {
    const message = await clientOf(target()).messages.create(ask(target(), 'tokens=7'));
    const [block] = message.content;
    expect(message).toMatchObject({ type: 'message', role: 'assistant', stop_reason: 'end_turn', stop_sequence: null });
    expect(block?.type === 'text' && block.text.split(' ')).toHaveLength(7);
    expect(message.usage.output_tokens).toBe(7);
    expect(message.id).toMatch(/^msg_/);
    expect(message._request_id).toMatch(/^req_/);
  });

  it('stops at the maximum that was asked for', async () => {
    const message = await clientOf(target()).messages.create({ ...ask(target()), max_tokens: 3 });
    expect(message).toMatchObject({ stop_reason: 'max_tokens', usage: { output_tokens: 3 } });
  });

  it('reads system instructions, many turns and pictures', async () => {
    const data = 'iVBORw0KGgo=';
    const image = {
      type: 'image' as const,
      source: { type: 'base64' as const, media_type: 'image/png' as const, data },
    };
    const message = await clientOf(target()).messages.create({
      ...ask(target()),
      system: [{ type: 'text', text: 'You are a bee.', cache_control: { type: 'ephemeral' } }],
      messages: [
        { role: 'user', content: 'Hello' },
        { role: 'assistant', content: 'Buzz.' },
        { role: 'user', content: [image, { type: 'text', text: question('tokens=2') }] },
      ],
    });
    expect(message.usage.output_tokens).toBe(2);
    expect(message.usage.input_tokens).toBeGreaterThan(85);
  });
}

function describeCounts(target: Target): void {
  it('tells how much of the prompt came from the cache, beside the rest', async () => {
    const { usage } = await clientOf(target()).messages.create(ask(target(), 'cached=4'));
    const all = await clientOf(target()).messages.create(ask(target(), 'cached=0'));
    expect(usage.cache_read_input_tokens).toBe(4);
    expect(usage.input_tokens + 4).toBe(all.usage.input_tokens);
  });

  it('counts tokens without generating any', async () => {
    const { messages, model } = ask(target());
    const count = await clientOf(target()).messages.countTokens({ model, messages });
    expect(count.input_tokens).toBeGreaterThan(3);
  });
}

function describeStreams(target: Target): void {
  it('streams a message through the stream helper', async () => {
    const stream = clientOf(target()).messages.stream(ask(target(), 'tokens=20'));
    let deltas = 0;
    stream.on('text', () => deltas++);
    const final = await stream.finalMessage();
    expect(deltas).toBeGreaterThan(1);
    expect((await stream.finalText()).split(' ')).toHaveLength(20);
    expect(final).toMatchObject({ stop_reason: 'end_turn', usage: { output_tokens: 20 } });
    expect(final.usage.input_tokens).toBeGreaterThan(3);
  });

  it.each(['tokens=9', 'tokens=9&framing=crlf', 'tokens=9&framing=nospace', 'tokens=5&split=1', 'tokens=9&split=7'])(
    'streams events that keep every promise (%s)',
    async (directives) => {
      const facts = expectTruthfulMessage(await rawStream(target(), directives));
      expect(facts.text.split(' ')).toHaveLength(Number(/tokens=(\d)/.exec(directives)?.[1]));
      expect(facts.usage?.output_tokens).toBe(Number(/tokens=(\d)/.exec(directives)?.[1]));
    },
  );

  it('says in a stream that it hit the maximum', async () => {
    const body = await rawStream(target(), 'tokens=30', { max_tokens: 4 });
    expect(expectTruthfulMessage(body).stopReason).toBe('max_tokens');
  });

  it('ends a stream that fails in the middle with an error that the SDK throws', async () => {
    const events = await clientOf(target()).messages.create({
      ...ask(target(), 'tokens=9&errorAfter=5'),
      stream: true,
    });
    const reading = (async () => {
      for await (const _ of events); // until it throws
    })();
    await expect(reading).rejects.toThrow();
  });
}

/** The bytes of a streamed answer. */
export async function rawStream(target: AnthropicTarget, directives: string, rest: object = {}): Promise<string> {
  const response = await fetch(`${target.baseURL}/v1/messages`, {
    method: 'POST',
    headers: { 'x-api-key': target.apiKey, 'content-type': 'application/json', 'anthropic-version': '2023-06-01' },
    body: JSON.stringify({ ...ask(target, directives), stream: true, ...rest }),
  });
  expect(response.headers.get('content-type')).toMatch(/^text\/event-stream/);
  return response.text();
}
