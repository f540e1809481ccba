import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { streamText } from 'ai';
import OpenAI from 'openai';
import type { ProfileEntry } from '../../../src/snapshot/snapshot.js';
import { chunk, FIRST, LAST, USAGE_CHUNK } from '../../support/chat-fixtures.js';
import { startRelayGround, type RelayGround } from '../../support/relay-ground.js';
import { expectTruthfulStream, readEvents } from '../../support/stream-invariants.js';
import { sse, type Exchange, type StubUpstream } from '../../support/stub-upstream.js';

const PATH = '/v1/chat/completions';
const WORDS = ['A ', 'waggle ', 'dance ', 'tells ', 'the ', 'hive ', 'where ', 'to ', 'fly', '.'];
const ANSWER = WORDS.join('');
const RECORDED = [
  ...[FIRST, ...WORDS.map((content) => chunk({ content })), LAST, USAGE_CHUNK].map(sse),
  'data: [DONE]\n\n',
];
const FINISH = RECORDED.indexOf(sse(LAST));

interface Asked {
  readonly messages: readonly { readonly role: string; readonly content: string }[];
  readonly max_tokens?: number;
}

describe('a stream that another upstream goes on with', () => {
  let ground: RelayGround;
  let upstream: StubUpstream;

  beforeAll(async () => {
    ground = await startRelayGround();
    upstream = ground.upstream;
    return () => ground.close();
  });

  let names = 0;
  const route = (given: Partial<ProfileEntry> = {}, targets = 2, continuations = 1): string => {
    const name = `going-on-${++names}`;
    const routed = Array.from({ length: targets }, (_, index) => ground.route({ name: `${name}-${index}` }));
    const attempts = { totalMs: null, maxAttempts: null, hedgeAfterMs: null, continuations };
    ground.route({ name, profile: { attempts, targets: routed.flatMap((each) => each.targets), ...given } });
    return name;
  };
  const ask = (model: string, body: object = {}, init?: RequestInit) =>
    ground.post(PATH, { model, stream: true, messages: [{ role: 'user', content: 'Tell me.' }], ...body }, init);
  const asked = ({ body }: Exchange): Asked => JSON.parse(body.toString()) as Asked;

  const cut = async ({ response }: Exchange, text: string): Promise<void> => {
    response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders();
    response.write(text);
    await new Promise((resolve) => response.socket!.write('', resolve));
    response.socket!.end();
  };

  /** Goes on as a model would, with ids of its own. */
  const goOn = async (rest: readonly string[], options: { readonly usage?: boolean } = {}): Promise<Exchange> => {
    const own = (event: object): object => ({ ...event, id: 'chatcmpl-2', created: 2, model: 'another' });
    const events = [FIRST, ...rest.map((content) => chunk({ content })), LAST].map(own);
    return upstream.stream(...events, ...(options.usage === false ? [] : [own(USAGE_CHUNK)]));
  };

  /** What the asked model has to go on with. */
  const restAfter = (exchange: Exchange): string[] => {
    const [, begun] = asked(exchange).messages;
    let text = begun?.content ?? '';
    return WORDS.filter((word) => {
      if (!text.startsWith(word)) return true;
      text = text.slice(word.length);
      return false;
    });
  };

  it.each(
    RECORDED.slice(0, FINISH + 1).flatMap((frame, index) => [
      [index, ''] as const,
      [index, frame.slice(0, -5)] as const,
    ]),
  )('after frame %i and %j says all of it, and nothing twice', async (frames, rest) => {
    const model = route();
    const answer = ask(model, { stream_options: { include_usage: true } });
    await cut(await upstream.next(), RECORDED.slice(0, frames).join('') + rest);
    const second = await upstream.next();
    const said = WORDS.slice(0, Math.max(0, frames - 1));
    expect(asked(second).messages.slice(1, 2)).toEqual(
      said.length === 0 ? [] : [{ role: 'assistant', content: said.join('') }],
    );
    const own = (event: object): object => ({ ...event, id: 'chatcmpl-2', created: 2, model: 'another' });
    const events = [FIRST, ...restAfter(second).map((content) => chunk({ content })), LAST, USAGE_CHUNK].map(own);
    second.response.writeHead(200, { 'content-type': 'text/event-stream' });
    second.response.end(`${events.map(sse).join('')}data: [DONE]\n\n`);
    const response = await answer;
    const body = await response.text();
    const facts = expectTruthfulStream(body);
    expect([facts.text, facts.finishReasons, facts.model]).toEqual([ANSWER, ['stop'], model]);
    const seams = readEvents(body).filter(({ data }) => data.includes('"waggle":{"seam"'));
    expect(seams).toHaveLength(frames === 0 ? 0 : 1);
    if (frames > 0) {
      expect(JSON.parse(seams[0]!.data)).toMatchObject({
        choices: [{ index: 0, delta: {}, finish_reason: null }],
        waggle: { seam: { number: 1, after_characters: said.join('').length } },
      });
    }
    const row = await ground.row(response);
    expect(row).toMatchObject({ status: 200, outcome: 'ok', attempts: 2 });
    expect(row.tries.map(({ kind, outcome }) => [kind, outcome])).toEqual([
      ['first', 'cut'],
      [frames === 0 ? 'failover' : 'continuation', 'ok'],
    ]);
    expect(row.input_tokens).toBe(row.tries[0]!.input_tokens + row.tries[1]!.input_tokens);
    expect(facts.usage).toMatchObject({ prompt_tokens: row.input_tokens, completion_tokens: row.output_tokens });
  });

  it.each([
    ['reports an error', ({ response }: Exchange) => void response.end(sse({ error: { message: 'Oh.', code: 500 } }))],
    ['falls silent', () => {}],
  ])('goes on when its upstream %s', async (_, trouble) => {
    const timeouts = { connectMs: 1000, firstByteMs: 5000, idleMs: 200, totalMs: 20_000 };
    const [first, second] = ['a', 'b'].map((end) =>
      ground.route({ name: `slow-${++names}${end}`, provider: { timeouts } }),
    );
    const answer = ask(route({ targets: [...first!.targets, ...second!.targets] }));
    trouble(await upstream.begin(FIRST, chunk({ content: 'A ' })));
    await goOn(WORDS.slice(1), { usage: false });
    expect(expectTruthfulStream(await (await answer).text()).text).toBe(ANSWER);
  });

  it('is one answer to SDKs', async () => {
    const baseURL = `${ground.url}/v1`;
    const apiKey = ground.token();
    const messages = [{ role: 'user' as const, content: 'Tell me.' }];
    const upstreams = async (): Promise<void> => {
      await cut(await upstream.next(), RECORDED.slice(0, 4).join(''));
      await goOn(WORDS.slice(3));
    };
    const openai = new OpenAI({ baseURL, apiKey, maxRetries: 0 }).chat.completions.stream({ model: route(), messages });
    await upstreams();
    expect((await openai.finalChatCompletion()).choices[0]).toMatchObject({
      message: { role: 'assistant', content: ANSWER },
      finish_reason: 'stop',
    });
    const model = createOpenAICompatible({ name: 'waggle', baseURL, apiKey, includeUsage: true })(route());
    const ai = streamText({ model, messages, maxRetries: 0 });
    const text = ai.text;
    await upstreams();
    expect([await text, await ai.finishReason]).toEqual([ANSWER, 'stop']);
  });

  it('is cut, not ended, once it had its finish reason', async () => {
    const answer = ask(route());
    await cut(await upstream.next(), RECORDED.slice(0, FINISH + 1).join(''));
    const response = await answer;
    expect(await response.text()).toContain('"code":"upstream_error"');
    expect(await ground.row(response)).toMatchObject({ outcome: 'cut', attempts: 1 });
  });

  it.each([
    ['breaks off, too', (exchange: Exchange) => cut(exchange, sse(FIRST) + sse(chunk({ content: 'the ' })))],
    ['says nothing', (exchange: Exchange) => cut(exchange, '')],
    ['refuses', ({ response }: Exchange) => void response.writeHead(400).end('{"error":{"message":"no prefill"}}')],
    ['fails', ({ response }: Exchange) => void response.writeHead(500).end('{}')],
    ['sends no stream', ({ response }: Exchange) => void response.writeHead(200).end('{"choices":[]}')],
  ])('ends with an error when the other %s', async (_, fail) => {
    const attempts = { totalMs: null, maxAttempts: 2, hedgeAfterMs: null, continuations: 1 };
    const answer = ask(route({ attempts }), { stream_options: { include_usage: true } });
    await cut(await upstream.next(), RECORDED.slice(0, 4).join(''));
    await fail(await upstream.next());
    const response = await answer;
    const body = await response.text();
    const facts = expectTruthfulStream(body, 'failed');
    expect(facts.text.startsWith('A waggle dance ')).toBe(true);
    expect(body).not.toContain('[DONE]');
    const row = await ground.row(response);
    expect(row).toMatchObject({ status: 200, attempts: 2, error_code: 'upstream_error' });
    expect(row.outcome).not.toBe('ok');
  });

  it('is gone on with by the same target where there is no other, and as often as its profile says', async () => {
    const answer = ask(route({}, 1, 2));
    for (let i = 0; i < 2; i++) await cut(await upstream.next(), sse(FIRST) + sse(chunk({ content: `${i} ` })));
    const last = await upstream.next();
    expect(asked(last).messages[1]).toEqual({ role: 'assistant', content: '0 1 ' });
    expect(asked(last).messages.at(-1)).toMatchObject({ role: 'user' });
    last.response.writeHead(200, { 'content-type': 'text/event-stream' });
    last.response.end([FIRST, chunk({ content: '2' }), LAST].map(sse).join('') + 'data: [DONE]\n\n');
    const facts = expectTruthfulStream(await (await answer).text());
    expect(facts.text).toBe('0 1 2');
  });

  it('has what is left of the maximum, and no second role, thought or id', async () => {
    const answer = ask(route(), { max_tokens: 100 });
    await cut(await upstream.next(), RECORDED.slice(0, 4).join(''));
    const second = await upstream.next();
    expect(asked(second).max_tokens).toBeLessThan(100);
    expect(asked(second).max_tokens).toBeGreaterThan(90);
    second.response.writeHead(200, { 'content-type': 'text/event-stream' });
    const events = [FIRST, chunk({ reasoning_content: 'Hm.' }), chunk({ content: 'end' }), LAST];
    second.response.end(events.map(sse).join('') + 'data: [DONE]\n\n');
    const body = await (await answer).text();
    expectTruthfulStream(body);
    expect([body.split('"role"').length - 1, body.includes('Hm.')]).toEqual([1, false]);
  });

  it.each([
    ['its profile does not want it', {}, 0, []],
    [
      'a tool is called',
      {},
      1,
      [chunk({ tool_calls: [{ index: 0, id: 'a', function: { name: 'f', arguments: '{' } }] })],
    ],
    ['it has to fit a schema', { response_format: { type: 'json_object' } }, 1, []],
    ['it is one of several', { n: 2 }, 1, []],
  ])('breaks off as ever when %s', async (_, body, continuations, more) => {
    const answer = ask(route({}, 2, continuations), body);
    await cut(await upstream.next(), [...RECORDED.slice(0, 4), ...more.map(sse)].join(''));
    const response = await answer;
    expect(await response.text()).toContain('"code":"upstream_error"');
    expect(await ground.row(response)).toMatchObject({ outcome: 'cut', attempts: 1 });
  });

  it('is stopped by a client that leaves between its parts', async () => {
    const leaving = new AbortController();
    const model = route();
    const response = await Promise.all([
      ask(model, {}, { signal: leaving.signal }),
      upstream.next().then((exchange) => cut(exchange, RECORDED.slice(0, 4).join(''))),
    ]).then(([answer]) => answer);
    const second = await upstream.next();
    leaving.abort();
    await second.closed;
    expect(await ground.row(model)).toMatchObject({ outcome: 'cancelled', attempts: 2 });
    await response.body?.cancel().catch(() => {});
  });

  it('is told apart by nobody else: a stream that is whole is as it came', async () => {
    const answer = ask(route());
    await goOn(WORDS, { usage: false });
    const body = await (await answer).text();
    expect([expectTruthfulStream(body).text, body.includes('seam')]).toEqual([ANSWER, false]);
  });
});
