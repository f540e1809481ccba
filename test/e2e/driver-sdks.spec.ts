import { CurrentCredentials } from '../../src/snapshot/current-credentials.js';
import { CurrentSnapshot } from '../../src/snapshot/current-snapshot.js';
import { startSimulator, type Simulator } from '../../src/simulator/simulator.js';
import { describeChat } from '../support/openai-suite/chat.js';
import { describeFailures } from '../support/openai-suite/failures.js';
import type { OpenAiTarget } from '../support/openai-suite/target.js';
import { describeTools } from '../support/openai-suite/tools.js';
import { expectTruthfulStream } from '../support/stream-invariants.js';
import { startRelayGround, type RelayGround } from '../support/relay-ground.js';

let simulator: Simulator;
let ground: RelayGround;
let apiKey: string;
beforeAll(async () => {
  simulator = await startSimulator({ apiKey: 'upstream-key' });
  ground = await startRelayGround();
  apiKey = ground.token();
});
afterAll(async () => {
  await simulator?.close();
  await ground?.close();
});

/** Drivers with whom the bytes of OpenAI's dialect pass, and the base path of each. */
const SAME_DIALECT = [
  ['azure-openai', '', '/openai/deployments/sim-chat/chat/completions?api-version=2024-10-21'],
  ['azure-openai', '/openai/v1', '/openai/v1/chat/completions'],
  ['ollama', '', '/v1/chat/completions'],
  ['vllm', '/v1', '/v1/chat/completions'],
  ['cohere', '', '/compatibility/v1/chat/completions'],
] as const;

describe.each(SAME_DIALECT)('a provider of %s at "%s", as the openai SDK sees it', (driver, basePath, path) => {
  const names = { chat: `${driver}${basePath}`, reasoner: `${driver}${basePath}-reasoner` };
  beforeAll(() => {
    const provider = { driver, basePath, origin: simulator.url };
    ground.route({ name: names.chat, model: { upstreamId: 'sim-chat' }, provider });
    ground.route({ name: names.reasoner, model: { upstreamId: 'sim-reasoner' }, provider });
  });
  const target = (): OpenAiTarget => ({
    baseURL: `${ground.url}/v1`,
    apiKey,
    models: names as unknown as OpenAiTarget['models'],
    simulator,
  });
  describe('chat', () => describeChat(target));
  describe('tools and structured output', () => describeTools(target));
  describe('failures', () => describeFailures(target));

  it('is called where its driver says', async () => {
    const messages = [{ role: 'user', content: 'Hi' }];
    const answer = await ground.post('/v1/chat/completions', { model: names.chat, messages });
    expect(answer.status).toBe(200);
    expect(simulator.stats.records().at(-1)?.url).toBe(path);
  });
});

/** Drivers whose dialect is another one, and the base path of each. */
const OTHER_DIALECTS = [
  ['bedrock', '', '/model/sim-chat/converse'],
  ['gemini', '/v1beta', '/v1beta/models/sim-chat:generateContent'],
  [
    'vertex',
    '/v1/projects/p/locations/l',
    '/v1/projects/p/locations/l/publishers/google/models/sim-chat:generateContent',
  ],
] as const;

describe.each(OTHER_DIALECTS)('a provider of %s', (driver, basePath, path) => {
  const names = { chat: driver, reasoner: `${driver}-reasoner` };
  beforeAll(() => {
    const provider = { driver, basePath, origin: simulator.url };
    ground.route({ name: names.chat, model: { upstreamId: 'sim-chat' }, provider });
    ground.route({ name: names.reasoner, model: { upstreamId: 'sim-reasoner' }, provider });
  });

  describe('as the openai SDK sees it', () => {
    const target = (): OpenAiTarget => ({
      baseURL: `${ground.url}/v1`,
      apiKey,
      models: names as unknown as OpenAiTarget['models'],
      simulator,
      isTranslated: true,
      isAlwaysParallel: true,
      countsNoReasoning: driver === 'bedrock',
    });
    describe('chat', () => describeChat(target));
    describe('tools and structured output', () => describeTools(target));
    describe('failures', () => describeFailures(target));
  });

  it('is called where its driver says', async () => {
    const messages = [{ role: 'user', content: 'Hi' }];
    const answer = await ground.post('/v1/chat/completions', { model: names.chat, messages });
    expect(answer.status).toBe(200);
    expect(simulator.stats.records().at(-1)?.url).toBe(path);
  });

  it('never ends a stream cleanly that did not end', async () => {
    for (const wish of ['cutAfter=5', 'omit=finish,done', 'errorAfter=5']) {
      const messages = [{ role: 'user', content: `Hi [[simulate tokens=30&${wish}]]` }];
      const answer = await ground.post('/v1/chat/completions', { model: names.chat, stream: true, messages });
      expectTruthfulStream(await answer.text(), 'failed');
      expect(['cut', 'upstream_error']).toContain((await ground.row(answer)).outcome);
    }
  });
});

it("takes a key that Gemini refuses with a 400 for our fault, not the caller's", async () => {
  const provider = { driver: 'gemini', basePath: '/v1beta', origin: simulator.url };
  const extraHeaders = { 'x-goog-api-key': 'wrong' };
  ground.route({
    name: 'wrong-key',
    model: { upstreamId: 'sim-chat' },
    provider: { ...provider, extraHeaders, needsCredential: false },
  });
  const messages = [{ role: 'user', content: 'Hi' }];
  const answer = await ground.post('/v1/chat/completions', { model: 'wrong-key', messages });
  expect(answer.status).toBe(502);
  expect(await answer.json()).toMatchObject({ error: { code: 'provider_auth_failed' } });
  expect(await ground.row(answer)).toMatchObject({ outcome: 'auth_failed' });
});

it('signs each call to Bedrock with the keys of its provider', async () => {
  const provider = { driver: 'bedrock', basePath: '', origin: simulator.url };
  const { targets } = ground.route({ name: 'signed', model: { upstreamId: 'sim-chat' }, provider });
  const { providerId } = ground.app.get(CurrentSnapshot).get().models.get(targets[0]!.modelId)!;
  const keys = JSON.stringify({ accessKeyId: 'upstream-key', secretAccessKey: 's', region: 'eu-west-1' });
  ground.app.get(CurrentCredentials).set(providerId, keys);
  for (const stream of [false, true]) {
    const messages = [{ role: 'user', content: 'Hi' }];
    const answer = await ground.post('/v1/chat/completions', { model: 'signed', messages, stream });
    expect(answer.status).toBe(200);
    await answer.text();
    expect(await ground.row(answer)).toMatchObject({ outcome: 'ok', usage_source: 'provider' });
    expect(simulator.stats.records().at(-1)?.headers).toMatchObject({
      authorization: expect.stringMatching(/^AWS4-HMAC-SHA256 Credential=upstream-key\/\d{8}\/eu-west-1\/bedrock\//),
      'x-amz-date': expect.any(String),
    });
  }
});
