import { startSimulator, type Simulator } from '../../src/simulator/simulator.js';
import { startRelayGround, type RelayGround } from '../support/relay-ground.js';
import { describeSdks } from '../support/sdk-matrix.js';

/** Each driver for chats whose dialect the simulator speaks. */
const DRIVERS = [
  ['openai', '/v1'],
  ['openai-compatible', '/v1'],
  ['azure-openai', ''],
  ['anthropic', '/v1'],
  ['ollama', ''],
  ['vllm', '/v1'],
  ['cohere', ''],
  ['gemini', '/v1beta'],
  ['vertex', '/v1/projects/p/locations/l'],
  ['bedrock', ''],
] as const;

let simulator: Simulator;
let ground: RelayGround;
let apiKey: string;
beforeAll(async () => {
  simulator = await startSimulator({ apiKey: 'upstream-key' });
  ground = await startRelayGround();
  apiKey = ground.token();
  for (const [driver, basePath] of DRIVERS) {
    const provider = { driver, basePath, origin: simulator.url };
    ground.route({ name: driver, model: { upstreamId: 'sim-chat' }, provider });
  }
});
afterAll(async () => {
  await simulator?.close();
  await ground?.close();
});

describe.each(DRIVERS)('a provider of %s', (driver) => {
  describeSdks(() => ({ url: ground.url, apiKey, model: driver, ground, simulator }));
});
