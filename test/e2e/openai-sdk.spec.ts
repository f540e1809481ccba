import type { Operation } from '../../src/snapshot/snapshot.js';
import { startSimulator, type Simulator } from '../../src/simulator/simulator.js';
import { freshAccount } from '../support/fresh-account.js';
import { describeOpenAiClient } from '../support/openai-suite.js';
import { clientOf, countingClient, prompt, type ModelUse, type OpenAiTarget } from '../support/openai-suite/target.js';
import { startRelayGround, type RelayGround } from '../support/relay-ground.js';

/** Each profile, the simulator's model behind it, and what it is for. */
const PROFILES: Readonly<Record<ModelUse, readonly [upstream: string, operation: Operation]>> = {
  chat: ['sim-chat', 'chat'],
  reasoner: ['sim-reasoner', 'chat'],
  completion: ['sim-chat', 'completion'],
  embeddings: ['sim-embed', 'embeddings'],
  responses: ['sim-chat', 'responses'],
  transcription: ['sim-transcribe', 'transcription'],
  translation: ['sim-transcribe', 'translation'],
  whisper: ['sim-whisper', 'transcription'],
  speech: ['sim-speech', 'speech'],
  image: ['sim-image', 'image'],
  moderation: ['sim-moderation', 'moderation'],
};

let simulator: Simulator;
let ground: RelayGround;
let apiKey: string;
beforeAll(async () => {
  simulator = await startSimulator({ apiKey: 'upstream-key' });
  ground = await startRelayGround();
  apiKey = ground.token();
  for (const [name, [upstreamId, operation]] of Object.entries(PROFILES)) {
    ground.route({ name, model: { upstreamId, operation }, provider: { origin: simulator.url } });
  }
});
afterAll(async () => {
  await simulator?.close();
  await ground?.close();
});

const target = (): OpenAiTarget => ({
  baseURL: `${ground.url}/v1`,
  apiKey,
  models: Object.fromEntries(Object.keys(PROFILES).map((name) => [name, name])) as OpenAiTarget['models'],
  simulator,
});

describeOpenAiClient('the gateway', target);

describe('the gateway before the simulator', () => {
  const ask = (directives = '') => ({ model: 'chat', messages: [prompt(directives)] });

  it('answers with the name that was asked for and hands nothing of the account on', async () => {
    const { data, response } = await clientOf(target()).chat.completions.create(ask()).withResponse();
    expect(data.model).toBe('chat');
    const names = [...response.headers.keys()];
    expect(names).not.toContain('openai-organization');
    expect(names).not.toContain('openai-project');
    expect(names).not.toContain('set-cookie');
  });

  it("sends the provider's key upstream, and nothing of the client's", async () => {
    await freshAccount(simulator.stats);
    const headers = { cookie: 'a=b', 'openai-organization': 'org-client', 'x-forwarded-for': '192.0.2.9' };
    await clientOf(target()).chat.completions.create(ask(), { headers });
    const [sent] = simulator.stats.records();
    expect(sent?.headers.authorization).toBe('Bearer upstream-key');
    expect(sent?.headers).not.toHaveProperty('cookie');
    expect(sent?.headers).not.toHaveProperty('openai-organization');
    expect(sent?.headers).not.toHaveProperty('x-forwarded-for');
  });

  it("makes the provider's refusal of our key no fault of the caller's", async () => {
    const answer = clientOf(target()).chat.completions.create(ask('status=401'));
    await expect(answer).rejects.toMatchObject({ status: 502, code: 'provider_auth_failed' });
  });

  it.each([
    ['a cut', 'tokens=50&cutAfter=5'],
    ['an error frame', 'tokens=50&errorAfter=5'],
  ])('turns %s in a stream into an error that the SDK throws', async (_, directives) => {
    const stream = await clientOf(target()).chat.completions.create({ ...ask(directives), stream: true });
    const chunks: unknown[] = [];
    const reading = (async () => {
      for await (const chunk of stream) chunks.push(chunk);
    })();
    await expect(reading).rejects.toThrow(/./);
    expect(chunks).toHaveLength(5);
  });

  // Encodings are never asked for; some servers send them all the same.
  it.each(['gzip', 'deflate', 'br'])('unpacks answers with %s encoding, plain and streamed', async (encoding) => {
    const client = clientOf(target());
    const question = ask(`tokens=5&encoding=${encoding}`);
    const plain = await client.chat.completions.create(question);
    expect(await client.chat.completions.stream(question).finalContent()).toBe(plain.choices[0]?.message.content);
  });

  it('does not follow a redirect', async () => {
    const answer = clientOf(target()).chat.completions.create(ask('redirect=http://192.0.2.1/'));
    await expect(answer).rejects.toMatchObject({ status: 502 });
  });

  it('tells a client of a limit when it may ask again', async () => {
    const { client, calls } = countingClient(target(), 0);
    const failure: unknown = await client.chat.completions
      .create(ask('status=429&retryAfter=7'))
      .catch((error) => error);
    expect(calls).toEqual([429]);
    expect(failure).toMatchObject({ status: 429, headers: expect.any(Headers) });
    expect((failure as { headers: Headers }).headers.get('retry-after')).toBe('7');
  });
});
