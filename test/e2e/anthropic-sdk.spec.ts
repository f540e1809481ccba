import { startSimulator, type Simulator } from '../../src/simulator/simulator.js';
import { describeAnthropicClient } from '../support/anthropic-suite.js';
import { rawStream } from '../support/anthropic-suite/messages.js';
import { ask, clientOf, type AnthropicTarget } from '../support/anthropic-suite/target.js';
import { expectTruthfulMessage } from '../support/message-invariants.js';
import { startRelayGround, type RelayGround } from '../support/relay-ground.js';

let simulator: Simulator;
let ground: RelayGround;
let apiKey: string;
beforeAll(async () => {
  simulator = await startSimulator({ apiKey: 'upstream-key' });
  ground = await startRelayGround();
  apiKey = ground.token();
  ground.route({
    name: 'claude',
    model: { upstreamId: 'sim-chat' },
    provider: { driver: 'anthropic', origin: simulator.url },
  });
  ground.route({ name: 'scripted', provider: { driver: 'anthropic' } });
});
afterAll(async () => {
  await simulator?.close();
  await ground?.close();
});

const target = (): AnthropicTarget => ({
  baseURL: ground.url,
  apiKey,
  model: 'claude',
  simulator,
  upstream: 'anthropic',
});

describeAnthropicClient('the gateway', target);

describe('the gateway before an Anthropic upstream', () => {
  const headers = () => ({ 'x-api-key': apiKey });

  it('sends body, query and version headers on byte by byte, but for the model, and no header that is not meant for it', async () => {
    const body = `{"model":"scripted", "max_tokens":1.0e1,"system":[{"type":"text","text":"s","cache_control":{"type":"ephemeral"}}],
      "thinking":{"type":"adaptive"},"context_management":{"edits":[]},"messages":[{"role":"user","content":"Hi"}]}`;
    const sent = fetch(`${ground.url}/v1/messages?beta=true`, {
      method: 'POST',
      body,
      headers: {
        ...headers(),
        'content-type': 'application/json',
        'anthropic-version': '2023-06-01',
        'anthropic-beta': 'a-2025,b-2025',
        'x-stainless-lang': 'js',
        cookie: 'a=b',
      },
    });
    const answer =
      '{"id":"msg_1","type":"message","model":"upstream-scripted","content":[],"x":1.0,"usage":{"input_tokens":1,"output_tokens":1}}';
    const exchange = await ground.upstream.reply(200, answer, { 'content-type': 'application/json' });
    expect(exchange.request.url).toBe('/v1/messages?beta=true');
    expect(exchange.body.toString()).toBe(body.replace('"scripted"', '"upstream-scripted"'));
    expect(exchange.request.headers).toMatchObject({
      'anthropic-version': '2023-06-01',
      'anthropic-beta': 'a-2025,b-2025',
      'x-api-key': 'upstream-key',
    });
    expect(exchange.request.headers).not.toHaveProperty('x-stainless-lang');
    expect(exchange.request.headers).not.toHaveProperty('cookie');
    expect(exchange.request.headers).not.toHaveProperty('authorization');
    expect(await (await sent).text()).toBe(answer.replace('upstream-scripted', 'scripted'));
  });

  it('adds nothing to a stream either, and asks once if it is refused', async () => {
    const body = `{"model":"scripted","stream":true,"max_tokens":1,"messages":[{"role":"user","content":"Hi"}]}`;
    const sent = ground.post('/v1/messages', body);
    const refusal = '{"type":"error","error":{"type":"invalid_request_error","message":"messages.0: no"}}';
    const before = ground.upstream.calls;
    const exchange = await ground.upstream.reply(400, refusal, { 'content-type': 'application/json' });
    expect(exchange.body.toString()).toBe(body.replace('"scripted"', '"upstream-scripted"'));
    const answer = await sent;
    expect([answer.status, await answer.text()]).toEqual([400, refusal]);
    expect((await ground.row(answer)).tries).toHaveLength(1);
    expect(ground.upstream.calls).toBe(before + 1);
  });

  it('lists its models, and shows one, as Anthropic does', async () => {
    const page = await clientOf(target()).models.list();
    expect(page.data.map(({ id }) => id)).toEqual(expect.arrayContaining(['claude', 'scripted']));
    const model = await clientOf(target()).models.retrieve('claude');
    expect(model).toMatchObject({ type: 'model', id: 'claude', created_at: expect.stringMatching(/^20\d\d-/) });
    await expect(clientOf(target()).models.retrieve('nobody')).rejects.toMatchObject({ type: 'not_found_error' });
  });

  it('is there for who looks before the first call', async () => {
    const answer = await fetch(ground.url, { method: 'HEAD' });
    expect(answer.status).toBe(200);
  });

  it('names a version where the client named none', async () => {
    const sent = ground.post('/v1/messages', { model: 'scripted', max_tokens: 1, messages: [] });
    const exchange = await ground.upstream.reply(200, { type: 'message', content: [], usage: {} });
    expect(exchange.request.headers['anthropic-version']).toBe('2023-06-01');
    await sent;
  });

  it('bills what the provider counted, the cache included', async () => {
    const { _request_id: id, usage } = await clientOf(target()).messages.create(
      ask(target(), 'tokens=5&cached=3&cacheWrite=1&cacheWrite1h=1'),
    );
    const row = await vi.waitUntil(() =>
      ground.entries.find(({ request }) => `req_${request?.id.replaceAll('-', '')}` === id),
    );
    expect(row.request).toMatchObject({
      operation: 'chat',
      path: '/v1/messages',
      usage_source: 'provider',
      input_tokens: usage.input_tokens + 5,
      cached_input_tokens: 3,
      cache_write_tokens: 2,
      cache_write_1h_tokens: 1,
      output_tokens: 5,
    });
  });

  it('bills a stream by its last count, under the name that was asked for', async () => {
    const facts = expectTruthfulMessage(await rawStream(target(), 'tokens=6&cached=2'));
    expect(facts.model).toBe('claude');
    const row = await ground.row('claude');
    expect(row).toMatchObject({ is_streamed: true, outcome: 'ok', cached_input_tokens: 2, output_tokens: 6 });
  });

  it.each([
    ['a cut', 'tokens=50&cutAfter=9'],
    ['an end without message_stop', 'tokens=5&omit=done'],
    ['an end without a stop reason', 'tokens=5&omit=finish,done'],
  ])('makes %s an error, never a clean end, and bills what came', async (_, directives) => {
    const facts = expectTruthfulMessage(await rawStream(target(), directives), 'failed');
    expect(facts.error?.type).toBe('api_error');
    expect(await ground.row('claude')).toMatchObject({ outcome: 'cut' });
  });

  it('counts tokens at the provider, at no cost', async () => {
    const { input_tokens: count } = await clientOf(target()).messages.countTokens(ask(target()));
    expect(count).toBe(6);
    const row = await vi.waitUntil(() =>
      ground.entries.findLast(({ request }) => request?.path.endsWith('count_tokens')),
    );
    expect(row.request).toMatchObject({ outcome: 'ok', usage_source: 'none', cost_picos: 0n, attempts: 1 });
  });

  it.each(['/v1/messages/nowhere', '/v1//messages/nowhere'])(
    'answers in the shape of Anthropic at %s',
    async (path) => {
      const answer = await ground.post(path, {});
      expect(answer.status).toBe(404);
      expect(await answer.json()).toMatchObject({ type: 'error', error: { type: 'not_found_error' } });
      expect(answer.headers.get('request-id')).toMatch(/^req_/);
    },
  );

  it('puts a profile system prompt where the dialect has it', async () => {
    const policy = { defaults: {}, overrides: {}, systemPrompt: { text: 'Be kind.', position: 'prepend' as const } };
    ground.route({ name: 'kind', profile: { policy }, provider: { driver: 'anthropic' } });
    for (const [system, expected] of [
      [undefined, 'Be kind.'],
      ['Buzz.', 'Be kind.\n\nBuzz.'],
      [
        [{ type: 'text', text: 'Buzz.' }],
        [
          { type: 'text', text: 'Be kind.' },
          { type: 'text', text: 'Buzz.' },
        ],
      ],
    ] as const) {
      const sent = ground.post('/v1/messages', {
        model: 'kind',
        max_tokens: 1,
        messages: [],
        ...(system && { system }),
      });
      const exchange = await ground.upstream.reply(200, { type: 'message', content: [], usage: {} });
      expect(JSON.parse(exchange.body.toString())).toMatchObject({ system: expected });
      await sent;
    }
  });
});
