import { startSimulator, type Simulator } from '../../../src/simulator/simulator.js';
import { startRelayGround, type RelayGround } from '../../support/relay-ground.js';
import { expectTruthfulStream } from '../../support/stream-invariants.js';

let simulator: Simulator;
let ground: RelayGround;
beforeAll(async () => {
  simulator = await startSimulator({ apiKey: 'upstream-key' });
  ground = await startRelayGround();
  const provider = { driver: 'openai-compatible', origin: simulator.url };
  const model = { upstreamId: 'sim-reasoner', capabilities: new Set(['strip_reasoning']) };
  ground.route({ name: 'silent', model, provider });
});
afterAll(async () => {
  await simulator?.close();
  await ground?.close();
});

const ask = (rest: object = {}) => ({ model: 'silent', messages: [{ role: 'user', content: 'Hi' }], ...rest });

describe('a model whose thoughts are kept from clients', () => {
  it('answers without them, and they are billed', async () => {
    const answer = await ground.post('/v1/chat/completions', ask());
    const { choices } = (await answer.json()) as { choices: { message: { content: string } }[] };
    expect(choices[0]?.message).not.toHaveProperty('reasoning_content');
    expect(choices[0]?.message.content.split(' ')).toHaveLength(16);
    expect(await ground.row(answer)).toMatchObject({ outcome: 'ok', reasoning_tokens: 8, output_tokens: 24 });
  });

  it('streams without them, whatever the borders of chunks', async () => {
    for (const split of ['', '[[simulate split=7]]']) {
      const messages = [{ role: 'user', content: `Hi ${split}` }];
      const answer = await ground.post('/v1/chat/completions', ask({ stream: true, messages }));
      const body = await answer.text();
      expect(body).not.toContain('reasoning');
      expect(expectTruthfulStream(body).text.split(' ')).toHaveLength(16);
      expect(await ground.row(answer)).toMatchObject({ outcome: 'ok', reasoning_tokens: 8, output_tokens: 24 });
    }
  });

  it('tells clients of another dialect nothing of them, either', async () => {
    const answer = await ground.post('/v1/messages', ask({ max_tokens: 90 }));
    const { content } = (await answer.json()) as { content: { type: string }[] };
    expect(content.map(({ type }) => type)).toEqual(['text']);
  });
});
