import { startSimulator, type Simulator } from '../../src/simulator/simulator.js';
import { describeAnthropicClient } from '../support/anthropic-suite.js';
import { rawStream } from '../support/anthropic-suite/messages.js';
import { ask, clientOf, type AnthropicTarget } from '../support/anthropic-suite/target.js';
import { expectTruthfulMessage } from '../support/message-invariants.js';

let simulator: Simulator;
beforeAll(async () => {
  simulator = await startSimulator({ apiKey: 'sk-simulator' });
});
afterAll(() => simulator?.close());

const target = (): AnthropicTarget => ({
  baseURL: simulator.url,
  apiKey: 'sk-simulator',
  model: 'sim-chat',
  simulator,
  upstream: 'anthropic',
});

describeAnthropicClient('the simulator', target);

describe('the simulator in the dialect of Anthropic', () => {
  it.each([
    ['no maximum', { max_tokens: undefined }],
    ['an answer first', { messages: [{ role: 'assistant', content: 'Hi' }] }],
    ['an empty text', { messages: [{ role: 'user', content: [{ type: 'text', text: '' }] }] }],
    ['a temperature above 1', { temperature: 1.5 }],
    ['a setting of another dialect', { seed: 1 }],
    ['a choice without tools', { tool_choice: { type: 'auto' } }],
    ['too few thoughts', { thinking: { type: 'enabled', budget_tokens: 10 } }],
    [
      'a call without its result',
      {
        messages: [
          { role: 'user', content: 'Hi' },
          { role: 'assistant', content: [{ type: 'tool_use', id: 'a', name: 'b', input: {} }] },
          { role: 'user', content: 'Well?' },
        ],
      },
    ],
  ])('refuses what Anthropic refuses: %s', async (_, change) => {
    const body = { ...ask(target()), ...change } as ReturnType<typeof ask>;
    await expect(clientOf(target()).messages.create(body)).rejects.toMatchObject({ status: 400 });
  });

  it.each(['omit=done', 'omit=finish', 'errorAfter=4'])(
    'can break the promises of a stream, and the shared assertion notices (%s)',
    async (directives) => {
      const body = await rawStream(target(), `tokens=5&${directives}`);
      expect(() => expectTruthfulMessage(body)).toThrow();
    },
  );
});
