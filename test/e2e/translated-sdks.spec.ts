import type { Operation } from '../../src/snapshot/snapshot.js';
import { startSimulator, type Simulator } from '../../src/simulator/simulator.js';
import { describeAnthropicClient } from '../support/anthropic-suite.js';
import type { AnthropicTarget } from '../support/anthropic-suite/target.js';
import { expectTruthfulMessage } from '../support/message-invariants.js';
import { expectTruthfulStream } from '../support/stream-invariants.js';
import { describeChat } from '../support/openai-suite/chat.js';
import { describeFailures } from '../support/openai-suite/failures.js';
import { describeResponses } from '../support/openai-suite/operations.js';
import { describeResponseTools } from '../support/openai-suite/response-tools.js';
import type { OpenAiTarget } from '../support/openai-suite/target.js';
import { describeTools } from '../support/openai-suite/tools.js';
import { startRelayGround, type RelayGround } from '../support/relay-ground.js';

let simulator: Simulator;
let ground: RelayGround;
let apiKey: string;
beforeAll(async () => {
  simulator = await startSimulator({ apiKey: 'upstream-key' });
  ground = await startRelayGround();
  apiKey = ground.token();
  const operation: Operation = 'chat';
  const chat = { upstreamId: 'sim-chat', operation };
  ground.route({ name: 'openai', model: chat, provider: { driver: 'openai', origin: simulator.url } });
  ground.route({
    name: 'reasoner',
    model: { ...chat, upstreamId: 'sim-reasoner' },
    provider: { driver: 'anthropic', origin: simulator.url },
  });
  const alone = (name: string, upstreamId: string) =>
    ground.route({ name, model: { upstreamId, operation: 'responses' }, provider: { origin: simulator.url } });
  alone('responses-alone', 'sim-chat');
  alone('reasoner-alone', 'sim-reasoner');
  ground.route({ name: 'scripted', model: { upstreamId: 'gpt-5.2' } });
  ground.route({ name: 'anthropic', model: chat, provider: { driver: 'anthropic', origin: simulator.url } });
});
afterAll(async () => {
  await simulator?.close();
  await ground?.close();
});

describeAnthropicClient('an OpenAI provider', (): AnthropicTarget => ({
  baseURL: ground.url,
  apiKey,
  model: 'openai',
  simulator,
  upstream: 'openai',
}));

describeAnthropicClient('an OpenAI model that has responses alone', (): AnthropicTarget => ({
  baseURL: ground.url,
  apiKey,
  model: 'responses-alone',
  simulator,
  upstream: 'openai',
}));

describe('an OpenAI model that has responses alone, as the openai SDK sees it', () => {
  const target = (): OpenAiTarget => ({
    baseURL: `${ground.url}/v1`,
    apiKey,
    models: { chat: 'responses-alone', reasoner: 'reasoner-alone' } as OpenAiTarget['models'],
    simulator,
    isTranslated: true,
  });
  describe('chat', () => describeChat(target));
  describe('tools and structured output', () => describeTools(target));
  describe('failures', () => describeFailures(target));
});

describe('an Anthropic provider, as the openai SDK sees it', () => {
  const target = (): OpenAiTarget => ({
    baseURL: `${ground.url}/v1`,
    apiKey,
    models: { chat: 'anthropic', reasoner: 'reasoner' } as OpenAiTarget['models'],
    simulator,
    isTranslated: true,
  });
  describe('chat', () => describeChat(target));
  describe('tools and structured output', () => describeTools(target));
  describe('failures', () => describeFailures(target));
});

describe.each(['openai-compatible', 'anthropic'])(
  'a chat model of a provider of %s, as clients of Responses see it',
  (driver) => {
    beforeAll(() => {
      const route = { model: { upstreamId: 'sim-chat' }, provider: { driver, origin: simulator.url } };
      ground.route({ name: `responses-${driver}`, ...route });
    });
    const target = (): OpenAiTarget => ({
      baseURL: `${ground.url}/v1`,
      apiKey,
      models: { responses: `responses-${driver}` } as OpenAiTarget['models'],
      simulator,
      isTranslated: true,
    });
    describe('responses', () => describeResponses(target));
    describe('tools', () => describeResponseTools(target));
  },
);

describe('the translated lane', () => {
  const chat = (rest: object = {}) => ({
    model: 'anthropic',
    messages: [{ role: 'user', content: 'Hi [[simulate tokens=4]]' }],
    ...rest,
  });

  it('names what has no effect, and what only comes near', async () => {
    const answer = await ground.post('/v1/chat/completions', chat({ seed: 7, logit_bias: { 5: 1 }, temperature: 1.7 }));
    expect(answer.status).toBe(200);
    expect(answer.headers.get('x-waggle-dropped')).toBe('seed, logit_bias');
    expect(answer.headers.get('x-waggle-loss')).toBe('temperature');
  });

  it('says nothing of losses where nothing is lost', async () => {
    const answer = await ground.post('/v1/chat/completions', chat({ temperature: 0.5, max_tokens: 9, stop: 'x' }));
    expect(answer.headers.has('x-waggle-dropped')).toBe(false);
    expect(answer.headers.has('x-waggle-loss')).toBe(false);
  });

  it.each([
    ['input_audio', [{ type: 'input_audio', input_audio: { format: 'wav', data: '' } }]],
    ['a kind of content that nobody knows', [{ type: 'smell' }]],
    [
      'a picture of a type that it cannot read',
      [{ type: 'image_url', image_url: { url: 'data:image/tiff;base64,AA' } }],
    ],
  ])('refuses %s rather than leaving it out', async (_, content) => {
    const answer = await ground.post('/v1/chat/completions', chat({ messages: [{ role: 'user', content }] }));
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ error: { code: 'invalid_body', param: 'messages' } });
  });

  it('bills what the provider counted, in either direction', async () => {
    const cached = 'Hi there [[simulate tokens=4&cached=2]]';
    const viaChat = await ground.post('/v1/chat/completions', chat({ messages: [{ role: 'user', content: cached }] }));
    const body = { model: 'openai', max_tokens: 50, messages: [{ role: 'user', content: cached }] };
    const viaMessages = await ground.post('/v1/messages', body);
    for (const answer of [viaChat, viaMessages]) {
      expect(await ground.row(answer)).toMatchObject({
        outcome: 'ok',
        usage_source: 'provider',
        input_tokens: 4,
        cached_input_tokens: 2,
        output_tokens: 4,
      });
    }
    expect((await viaMessages.json()) as object).toMatchObject({
      usage: { input_tokens: 2, cache_read_input_tokens: 2 },
    });
    expect((await viaChat.json()) as object).toMatchObject({ usage: { prompt_tokens: 4, completion_tokens: 4 } });
  });

  it.each(['cutAfter=5', 'stallAfter=5', 'omit=finish,done', 'errorAfter=5'])(
    'never ends a stream cleanly that did not end (%s)',
    async (directives) => {
      const timeouts = { connectMs: 1000, firstByteMs: 1000, idleMs: 300, totalMs: 5000 };
      for (const [driver, path] of [
        ['anthropic', '/v1/chat/completions'],
        ['openai', '/v1/messages'],
      ] as const) {
        ground.route({
          name: 'cut',
          model: { upstreamId: 'sim-chat' },
          provider: { driver, origin: simulator.url, timeouts },
        });
        const messages = [{ role: 'user', content: `Hi [[simulate tokens=30&${directives}]]` }];
        const answer = await ground.post(path, { model: 'cut', max_tokens: 90, stream: true, messages });
        const body = await answer.text();
        if (driver === 'anthropic') expectTruthfulStream(body, 'failed');
        else expectTruthfulMessage(body, 'failed');
        const row = await ground.row(answer);
        expect(['cut', 'timeout', 'upstream_error']).toContain(row.outcome);
      }
    },
  );

  it('makes a stream of a whole answer, from providers that ignore the wish for one', async () => {
    const route = (name: string, driver: string) => ground.route({ name, provider: { driver } });
    route('whole-openai', 'openai');
    route('whole-anthropic', 'anthropic');
    const messages = [{ role: 'user', content: 'Hi' }];
    const viaMessages = ground.post('/v1/messages', { model: 'whole-openai', max_tokens: 9, stream: true, messages });
    const choice = { index: 0, message: { role: 'assistant', content: 'Buzz' }, finish_reason: 'stop' };
    await ground.upstream.reply(200, { choices: [choice], usage: { prompt_tokens: 3, completion_tokens: 1 } });
    const message = expectTruthfulMessage(await (await viaMessages).text());
    expect(message).toMatchObject({
      text: 'Buzz',
      stopReason: 'end_turn',
      usage: { input_tokens: 3, output_tokens: 1 },
    });

    const viaChat = ground.post('/v1/chat/completions', { model: 'whole-anthropic', stream: true, messages });
    const content = [{ type: 'text', text: 'Buzz' }];
    const usage = { input_tokens: 3, output_tokens: 1 };
    await ground.upstream.reply(200, { type: 'message', content, stop_reason: 'end_turn', usage });
    expect(expectTruthfulStream(await (await viaChat).text())).toMatchObject({ text: 'Buzz', finishReasons: ['stop'] });
  });

  it('takes what Claude Code sends, and says what OpenAI has no place for', async () => {
    const cache = { type: 'ephemeral' };
    const sent = ground.post('/v1/messages?beta=true', {
      model: 'scripted',
      max_tokens: 32000,
      system: [{ type: 'text', text: 'You are Claude Code.', cache_control: cache }],
      messages: [{ role: 'user', content: [{ type: 'text', text: 'Hi', cache_control: cache }] }],
      tools: [
        { name: 'Bash', description: 'Runs.', input_schema: { type: 'object', properties: {} }, cache_control: cache },
        { type: 'web_search_20260318', name: 'web_search' },
      ],
      thinking: { type: 'adaptive' },
      context_management: { edits: [] },
      output_config: { effort: 'high' },
      metadata: { user_id: `user_${'a'.repeat(150)}` },
      stream: true,
    });
    const chunk = { choices: [{ index: 0, delta: { content: 'Hi' }, finish_reason: 'stop' }] };
    const stream = `data: ${JSON.stringify(chunk)}\n\ndata: [DONE]\n\n`;
    const { body, request } = await ground.upstream.reply(200, stream, { 'content-type': 'text/event-stream' });
    expect(request.url).toBe('/v1/chat/completions');
    const parameters = { type: 'object', properties: {} };
    expect(JSON.parse(body.toString())).toEqual({
      model: 'gpt-5.2',
      messages: [
        { role: 'system', content: 'You are Claude Code.' },
        { role: 'user', content: 'Hi' },
      ],
      tools: [{ type: 'function', function: { name: 'Bash', description: 'Runs.', parameters } }],
      max_completion_tokens: 32000,
      reasoning_effort: 'high',
      user: expect.stringMatching(/^[0-9a-f]{64}$/),
      stream: true,
      stream_options: { include_usage: true },
    });
    const answer = await sent;
    expect(answer.headers.get('x-waggle-dropped')).toBe('tools[web_search_20260318], context_management');
    expect(answer.headers.get('x-waggle-loss')).toBe('cache_control, user');
    expect(expectTruthfulMessage(await answer.text()).text).toBe('Hi');
  });

  it('counts tokens itself where the provider has no way to', async () => {
    const answer = await ground.post('/v1/messages/count_tokens', {
      model: 'openai',
      messages: [{ role: 'user', content: 'Hi' }],
    });
    expect(await answer.json()).toEqual({ input_tokens: expect.any(Number) });
    expect(answer.headers.get('x-waggle-loss')).toBe('token_count');
    expect(await ground.row(answer)).toMatchObject({ outcome: 'ok', cost_picos: 0n, attempts: 0 });
  });

  it('counts what was used when the provider does not say', async () => {
    const answer = await ground.post('/v1/messages', {
      model: 'openai',
      max_tokens: 50,
      stream: true,
      messages: [{ role: 'user', content: 'Hi [[simulate tokens=9&usage=none]]' }],
    });
    await answer.text();
    expect(await ground.row(answer)).toMatchObject({ usage_source: 'estimated', output_tokens: 9 });
  });
});
