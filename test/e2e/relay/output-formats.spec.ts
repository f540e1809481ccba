import { startSimulator, type Simulator } from '../../../src/simulator/simulator.js';
import { ANSWER, chunk, FIRST, LAST } from '../../support/chat-fixtures.js';
import { startRelayGround, type RelayGround } from '../../support/relay-ground.js';
import type { Exchange } from '../../support/stub-upstream.js';
import { expectTruthfulStream } from '../../support/stream-invariants.js';

interface Message {
  readonly role?: string;
  readonly content: string | null;
}
interface Answer {
  readonly id: string;
  readonly choices: { readonly message: Message }[];
  readonly error: { readonly code: string; readonly message: string; readonly param: string | null };
}
interface Sent {
  readonly messages: readonly Message[];
  readonly stream?: boolean;
  readonly stream_options?: object;
  readonly response_format?: object;
}

const messages = [{ role: 'user', content: 'Who is it?' }];
const schema = {
  type: 'object',
  required: ['name', 'age'],
  properties: { name: { type: 'string' }, age: { type: 'integer' } },
};
const said = (content: string | null, more: object = {}, reason = 'stop') => ({
  ...ANSWER,
  choices: [{ index: 0, message: { role: 'assistant', content, ...more }, finish_reason: reason }],
});
const GOOD = '{"name":"Ada","age":36}';
const sentIn = ({ body }: Exchange): Sent => JSON.parse(body.toString()) as Sent;

describe('an envelope with an output format', () => {
  let ground: RelayGround;
  let simulator: Simulator;

  beforeAll(async () => {
    simulator = await startSimulator({ apiKey: 'upstream-key' });
    ground = await startRelayGround();
    return async () => {
      await ground.close();
      await simulator.close();
    };
  });

  const ask = (format: object, rest: object = {}, model = 'm') =>
    ground.post('/v1/chat', { model, request: { messages, ...rest }, output_format: format });
  const shown = async (response: Response): Promise<Answer> => (await response.json()) as Answer;
  /** What comes of one answer of the upstream. */
  const made = async (format: object, answer: object): Promise<Answer> => {
    const asked = ask(format);
    await ground.upstream.reply(200, answer);
    const response = await asked;
    expect(response.status).toBe(200);
    return shown(response);
  };

  it.each([
    [{ type: 'text' }, '# Hi\n**you**', 'Hi\nyou'],
    [{ type: 'markdown' }, '```markdown\n# Hi\n```', '# Hi'],
    [{ type: 'json' }, 'Sure!\n```json\n{"a": [1]}\n```', '{"a": [1]}'],
    [{ schema }, `It is ${GOOD}.`, GOOD],
    [{ strip_think: true }, '<think>Hm {</think>\n\nHello', 'Hello'],
    [{ schema }, `<think>{}</think>${GOOD}`, GOOD],
    [{ type: 'text', strip_think: true }, '<think>Hm</think>*Hello*', 'Hello'],
  ])('%j makes of %j only the text that was asked for', async (format, text, content) => {
    const answer = await made(format, said(text, { annotations: [1] }));
    expect(answer).toEqual({
      ...said(content, { annotations: [1] }),
      model: 'm',
    });
  });

  it('keeps tool calls, refusals and every other member, whatever the format', async () => {
    const calls = [{ id: 'call_1', type: 'function', function: { name: 'f', arguments: '{}' } }];
    expect(await made({ schema }, said(null, { tool_calls: calls }, 'tool_calls'))).toMatchObject({
      usage: ANSWER.usage,
      choices: [{ message: { content: null, tool_calls: calls }, finish_reason: 'tool_calls' }],
    });
    const refusal = 'I would rather not.';
    expect(await made({ schema }, said(null, { refusal }))).toMatchObject({ choices: [{ message: { refusal } }] });
    const thought = { reasoning_content: 'Hm', thinking_blocks: [] };
    const { choices } = await made({ strip_think: true }, said('Hello', thought));
    expect(choices[0]?.message).toEqual({ role: 'assistant', content: 'Hello' });
  });

  it('tells the model what is wrong, and bills both answers', async () => {
    const asked = ask({ schema });
    expect(sentIn(await ground.upstream.reply(200, said('{"name":"Ada"}'))).messages).toEqual(messages);
    const second = sentIn(await ground.upstream.reply(200, said(GOOD)));
    expect(second.messages.slice(0, 2)).toEqual([messages[0], { role: 'assistant', content: '{"name":"Ada"}' }]);
    expect(second.messages[2]?.content).toContain("- / must have required property 'age'");
    expect(second.messages[2]?.content).toContain(JSON.stringify(schema));
    expect(second.response_format).toMatchObject({ type: 'json_schema', json_schema: { schema } });
    const response = await asked;
    expect((await shown(response)).choices[0]?.message.content).toBe(GOOD);
    const { tries, ...row } = await ground.row(response);
    expect(row).toMatchObject({ status: 200, outcome: 'ok', attempts: 2, input_tokens: 20, output_tokens: 10 });
    expect(row.cost_picos).toBe(2n * tries[0]!.cost_picos!);
    expect(tries).toMatchObject([
      { kind: 'first', outcome: 'upstream_error', error_class: 'unfit', error_code: 'output_invalid', status: 200 },
      { kind: 'repair', outcome: 'ok', error_class: null },
    ]);
  });

  it('repairs the latest answer only, as often as it may, and then says which paths do not fit', async () => {
    const asked = ask({ schema, max_repairs: 2 });
    await ground.upstream.reply(200, said('one'));
    await ground.upstream.reply(200, said('{"name":"two","age":"2"}'));
    const { messages: third } = sentIn(await ground.upstream.reply(200, said('{"name":3,"age":3}')));
    expect(third).toMatchObject([messages[0], { content: '{"name":"two","age":"2"}' }, { role: 'user' }]);
    const response = await asked;
    expect([response.status, response.headers.get('x-should-retry')]).toEqual([422, 'false']);
    const { error } = await shown(response);
    expect(error).toMatchObject({ code: 'output_invalid', param: 'output_format', type: 'invalid_request_error' });
    expect(error.message).toContain('after 3 tries: /name must be string');
    const { tries, ...row } = await ground.row(response);
    expect(row).toMatchObject({ status: 422, outcome: 'upstream_error', attempts: 3, input_tokens: 30 });
    expect(row.cost_picos).toBe(tries.reduce((sum, { cost_picos }) => sum + cost_picos!, 0n));
    expect(tries.map(({ kind }) => kind)).toEqual(['first', 'repair', 'repair']);
  });

  it.each([
    ['may not be repaired', { schema, max_repairs: 0 }, said('no JSON')],
    ['was cut short', { schema }, said('{"name":', {}, 'length')],
  ])('does not ask again when an answer %s', async (_, format, answer) => {
    const asked = ask(format);
    await ground.upstream.reply(200, answer);
    const response = await asked;
    expect(response.status).toBe(422);
    expect((await shown(response)).error.message).toContain('after 1 try: / is not JSON');
    expect((await ground.row(response)).attempts).toBe(1);
  });

  it('counts what the provider did not, also of an answer that did not fit', async () => {
    const asked = ask({ type: 'json' });
    await ground.upstream.reply(200, { ...said('no JSON at all'), usage: undefined });
    await ground.upstream.reply(200, said('[]'));
    const { tries } = await ground.row(await asked);
    expect(tries[0]).toMatchObject({ usage_source: 'estimated', output_tokens: 4 });
    expect(tries[0]!.input_tokens).toBeLessThan(20);
    expect(tries[0]!.cost_picos).toBeGreaterThan(0n);
  });

  it('makes good a repair that its provider fails, elsewhere and with the same words', async () => {
    const spare = ground.route({ name: 'spare' });
    const main = ground.route({ name: 'main' });
    ground.route({ name: 'pair', profile: { targets: [...main.targets, ...spare.targets] } });
    const asked = ask({ schema }, {}, 'pair');
    await ground.upstream.reply(200, said('no JSON'));
    await ground.upstream.reply(500, {});
    const { messages: third } = sentIn(await ground.upstream.reply(200, said(GOOD)));
    expect(third).toHaveLength(3);
    const { tries } = await ground.row(await asked);
    expect(tries.map(({ kind }) => kind)).toEqual(['first', 'repair', 'failover']);
  });

  it('keeps to the time and the attempts of its profile', async () => {
    ground.route({ name: 'once', profile: { attempts: { totalMs: null, maxAttempts: 1, hedgeAfterMs: null } } });
    const asked = ask({ schema, max_repairs: 3 }, {}, 'once');
    await ground.upstream.reply(200, said('no JSON'));
    expect((await asked).status).toBe(422);
    ground.route({ name: 'quick', profile: { attempts: { totalMs: 400, maxAttempts: null, hedgeAfterMs: null } } });
    const late = ask({ schema, max_repairs: 3 }, {}, 'quick');
    await ground.upstream.reply(200, said('no JSON'));
    await ground.upstream.next(); // never answers
    expect((await late).status).toBe(504);
  });

  it('ends with its client', async () => {
    const leaving = new AbortController();
    const envelope = { model: 'm', request: { messages }, output_format: { schema } };
    const asked = ground.post('/v1/chat', envelope, { signal: leaving.signal }).catch((error: unknown) => error);
    await ground.upstream.reply(200, said('no JSON'));
    const second = await ground.upstream.next();
    leaving.abort();
    await second.closed;
    expect(await asked).toBeInstanceOf(Error);
    const row = await vi.waitUntil(() => ground.entries.at(-1)?.attempts.length === 2 && ground.entries.at(-1));
    expect(row.request).toMatchObject({ status: 499, outcome: 'cancelled', input_tokens: 10 });
  });

  it.each([
    [{ schema: { $ref: 'https://example.com/a' } }, /can't resolve reference/],
    [{ schema: { type: 'strange' } }, /schema is invalid/],
    [{ schema: { enum: ['x'.repeat(70_000)] } }, /output_format.schema/],
    [{ schema: 'text' }, /output_format.schema/],
    [{ type: 'text', schema }, /output_format.schema/],
    [{ schema, max_repairs: 4 }, /output_format.max_repairs/],
    [{ type: 'text', max_repairs: 1 }, /output_format.max_repairs/],
  ])('is refused before anything is spent: %j', async (format, message) => {
    const { calls } = ground.upstream;
    const response = await ask(format);
    const { error } = await shown(response);
    expect([response.status, error.code]).toEqual([400, 'invalid_body']);
    expect(error.message).toMatch(message);
    expect(ground.upstream.calls).toBe(calls);
  });

  it('never lets an expression without end hold anybody up', async () => {
    const asked = ask({ schema: { type: 'string', pattern: '^(a+)+$' } });
    await ground.upstream.reply(200, said(`"${'a'.repeat(40)}!"`));
    const other = await ground.post('/v1/chat', { model: 'nobody', request: { messages } });
    expect(other.status).toBe(404);
    const response = await asked;
    expect([response.status, (await shown(response)).error.message]).toMatchObject([422, /takes too long to check/]);
    expect((await ground.row(response)).attempts).toBe(1);
  });

  describe('of a stream', () => {
    const streamed = (format: object, more: object = {}) =>
      ask(format, { stream: true, parameters: { stream_options: { include_usage: true }, ...more } });

    it('sends nothing that was not checked', async () => {
      const asked = streamed({ schema });
      const first = sentIn(await ground.upstream.reply(200, said('no JSON')));
      expect([first.stream, first.stream_options]).toEqual([undefined, undefined]);
      await ground.upstream.reply(200, said(GOOD));
      const response = await asked;
      expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
      const facts = expectTruthfulStream(await response.text());
      expect(facts).toMatchObject({ text: GOOD, finishReasons: ['stop'], usage: ANSWER.usage, model: 'm' });
      expect(await ground.row(response)).toMatchObject({ outcome: 'ok', attempts: 2 });
    });

    it('tells of tool calls, too', async () => {
      const asked = streamed({ schema });
      const calls = [{ id: 'call_1', type: 'function', function: { name: 'f', arguments: '{}' } }];
      await ground.upstream.reply(200, said(null, { tool_calls: calls }, 'tool_calls'));
      const body = await (await asked).text();
      expect(expectTruthfulStream(body).finishReasons).toEqual(['tool_calls']);
      expect(body).toContain('"tool_calls":[{"index":0,"id":"call_1"');
    });

    it('fails as JSON, with its status, since nothing was sent yet', async () => {
      const asked = streamed({ schema, max_repairs: 0 });
      await ground.upstream.reply(200, said('no JSON'));
      const response = await asked;
      expect([response.status, (await shown(response)).error.code]).toEqual([422, 'output_invalid']);
    });

    it('only without thoughts comes as it is made', async () => {
      const asked = streamed({ strip_think: true });
      const exchange = await ground.upstream.begin(
        FIRST,
        chunk({ content: '<thi' }),
        chunk({ content: 'nk>Hm</think>' }),
      );
      exchange.response.write(`data: ${JSON.stringify(chunk({ content: 'Hel' }))}\n\n`);
      const response = await asked; // while the upstream is not done
      exchange.response.end(
        [chunk({ content: 'lo', reasoning_content: 'x' }), LAST]
          .map((each) => `data: ${JSON.stringify(each)}\n\n`)
          .join('') + 'data: [DONE]\n\n',
      );
      const body = await response.text();
      expect(expectTruthfulStream(body).text).toBe('Hello');
      expect(body).not.toContain('reasoning');
      expect(body).not.toContain('think');
    });
  });

  it('is not given to who asked for another, where the profile caches', async () => {
    ground.route({ name: 'cached', profile: { cacheSeconds: 60 } });
    const first = ask({ type: 'text' }, {}, 'cached');
    await ground.upstream.reply(200, said('*a*'));
    expect((await shown(await first)).choices[0]?.message.content).toBe('a');
    const hit = await ask({ type: 'text' }, {}, 'cached');
    expect([hit.headers.get('x-waggle-cache'), (await shown(hit)).choices[0]?.message.content]).toEqual(['hit', 'a']);
    const other = ask({ type: 'markdown' }, {}, 'cached');
    await ground.upstream.reply(200, said('*a*'));
    expect((await shown(await other)).choices[0]?.message.content).toBe('*a*');
  });

  it.each(['openai-compatible', 'anthropic', 'gemini', 'bedrock'])('holds for %s', async (driver) => {
    const basePath = driver === 'bedrock' ? '' : driver === 'gemini' ? '/v1beta' : '/v1';
    const provider = { driver, origin: simulator.url, basePath };
    ground.route({ name: driver, provider, model: { upstreamId: 'sim-reasoner' } });
    const wish = `[[simulate say=nonsense&failTimes=1&key=${driver}]]`;
    const request = { messages: [{ role: 'user', content: `Who? ${wish}` }] };
    const response = await ask({ schema, strip_think: true }, request, driver);
    const { choices } = await shown(response);
    expect(JSON.parse(choices[0]?.message.content ?? '')).toMatchObject({ name: expect.any(String) as string });
    expect(choices[0]?.message).not.toHaveProperty('reasoning_content');
    const { tries } = await ground.row(response);
    expect(tries).toMatchObject([{ error_class: 'unfit' }, { kind: 'repair', outcome: 'ok' }]);
    const stream = await ask({ strip_think: true }, { messages, stream: true }, driver);
    const body = await stream.text();
    expect(expectTruthfulStream(body).text).not.toBe('');
    expect(body).not.toMatch(/reasoning_content|thinking_blocks/);
  });
});
