import OpenAI from 'openai';
import { startSimulator, type Simulator } from '../../../src/simulator/simulator.js';
import { startRelayGround, type RelayGround } from '../../support/relay-ground.js';

let simulator: Simulator;
let ground: RelayGround;
let openai: OpenAI;
beforeAll(async () => {
  simulator = await startSimulator({ apiKey: 'upstream-key' });
  ground = await startRelayGround();
  openai = new OpenAI({ apiKey: ground.token(), baseURL: `${ground.url}/v1`, maxRetries: 0 });
  for (const name of ['obedient', 'float', 'base64', 'full'] as const) {
    const upstreamId = name === 'obedient' ? 'sim-embed' : `sim-embed?embeddings=${name}`;
    ground.route({ name, model: { upstreamId, operation: 'embeddings' }, provider: { origin: simulator.url } });
  }
});
afterAll(async () => {
  await simulator?.close();
  await ground?.close();
});

describe('embeddings', () => {
  const ask = { input: ['a bee', 'a flower'], dimensions: 8 };

  it.each(['obedient', 'float', 'base64'])('are what was asked for, from a server that is %s', async (model) => {
    const expected = await openai.embeddings.create({ ...ask, model: 'obedient', encoding_format: 'float' });
    const floats = await openai.embeddings.create({ ...ask, model, encoding_format: 'float' });
    const unpacked = await openai.embeddings.create({ ...ask, model }); // the SDK asks for base64 by itself
    for (const answer of [floats, unpacked]) {
      expect(answer.data.map(({ embedding }) => [...embedding])).toEqual(
        expected.data.map(({ embedding }) => embedding),
      );
      expect(answer).toMatchObject({ model, usage: { prompt_tokens: 4 } });
    }
    const base64 = await ground.post('/v1/embeddings', { ...ask, model, encoding_format: 'base64' });
    expect(await base64.json()).toMatchObject({ data: [{ embedding: expect.stringMatching(/^[\w+/]{43}=$/) }, {}] });
    expect(base64.headers.get('x-waggle-loss')).toBeNull();
    const unsaid = await ground.post('/v1/embeddings', { ...ask, model });
    expect(await unsaid.json()).toMatchObject({ data: [{ embedding: expect.any(Array) }, {}] });
    expect(await ground.row(unsaid)).toMatchObject({ outcome: 'ok', usage_source: 'provider', input_tokens: 4 });
  });

  it.each(['float', 'base64'])(
    'have the dimensions that were asked for, though a server ignores them, as %s',
    async (encoding_format) => {
      const answer = await ground.post('/v1/embeddings', { ...ask, model: 'full', encoding_format });
      const { data } = (await answer.json()) as { data: { embedding: number[] | string }[] };
      for (const { embedding } of data) {
        const bytes = typeof embedding === 'string' ? Buffer.from(embedding, 'base64') : undefined;
        const vector = bytes
          ? Array.from({ length: bytes.length / 4 }, (_, i) => bytes.readFloatLE(i * 4))
          : (embedding as number[]);
        expect(vector).toHaveLength(8);
        expect(Math.hypot(...vector)).toBeCloseTo(1, 5);
      }
      expect(answer.headers.get('x-waggle-loss')).toBe('dimensions');
    },
  );

  it('say so when a model has fewer dimensions than were asked for', async () => {
    const answer = await ground.post('/v1/embeddings', { input: 'a bee', model: 'full', dimensions: 9999 });
    expect(answer.headers.get('x-waggle-dropped')).toBe('dimensions');
    expect(await answer.json()).toMatchObject({ data: [{ embedding: expect.any(Array) }] });
  });
});
