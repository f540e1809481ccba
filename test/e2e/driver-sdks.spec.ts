import { startSimulator, type Simulator } from '../../src/simulator/simulator.js';
import { describeChat } from '../support/openai-suite/chat.js';
import { describeFailures } from '../support/openai-suite/failures.js';
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
