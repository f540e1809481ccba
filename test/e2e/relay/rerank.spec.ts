import { startSimulator, type Simulator } from '../../../src/simulator/simulator.js';
import { startRelayGround, type RelayGround } from '../../support/relay-ground.js';

const ASK = { query: 'Which insect makes honey?', documents: ['a bee', { text: 'a wasp' }, 'an ant'], top_n: 2 };

let simulator: Simulator;
let ground: RelayGround;
beforeAll(async () => {
  simulator = await startSimulator({ apiKey: 'upstream-key' });
  ground = await startRelayGround();
  const model = { upstreamId: 'sim-rerank', operation: 'rerank' as const };
  for (const driver of ['openai-compatible', 'vllm', 'jina', 'cohere']) {
    const basePath = driver === 'cohere' ? '' : '/v1';
    ground.route({ name: driver, model, provider: { driver, basePath, origin: simulator.url } });
  }
});
afterAll(async () => {
  await simulator?.close();
  await ground?.close();
});

describe('/v1/rerank', () => {
  it.each(['openai-compatible', 'vllm', 'jina', 'cohere'])(
    'orders documents through a provider of %s',
    async (model) => {
      const answer = await ground.post('/v1/rerank', { ...ASK, model });
      expect(answer.status).toBe(200);
      const { results } = (await answer.json()) as { results: { index: number; relevance_score: number }[] };
      expect(results).toHaveLength(2);
      expect(results[0]!.relevance_score).toBeGreaterThanOrEqual(results[1]!.relevance_score);
      const tokens = model === 'cohere' ? 0 : 10;
      const expected = { operation: 'rerank', outcome: 'ok', usage_source: 'provider', input_tokens: tokens };
      expect(await ground.row(answer)).toMatchObject(expected);
    },
  );

  it("hands a provider's refusal back", async () => {
    const answer = await ground.post('/v1/rerank', { model: 'jina', query: 'x' });
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ error: { message: expect.stringContaining('documents') } });
  });
});
