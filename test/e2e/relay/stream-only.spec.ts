import { startSimulator, type Simulator } from '../../../src/simulator/simulator.js';
import { startRelayGround, type RelayGround } from '../../support/relay-ground.js';

interface Completion {
  object: string;
  model: string;
  content?: unknown[];
  choices: { message: { content: string | null; tool_calls?: object[] }; finish_reason: string }[];
  usage: { prompt_tokens: number; completion_tokens: number };
}

let simulator: Simulator;
let ground: RelayGround;
beforeAll(async () => {
  simulator = await startSimulator({ apiKey: 'upstream-key' });
  ground = await startRelayGround();
  const provider = { driver: 'openai-compatible', origin: simulator.url };
  const upstreamId = 'sim-chat?only=stream';
  ground.route({ name: 'told', model: { upstreamId, capabilities: new Set(['streaming_required']) }, provider });
  ground.route({ name: 'found-out', model: { upstreamId }, provider });
});
afterAll(async () => {
  await simulator?.close();
  await ground?.close();
});

const tool = { type: 'function', function: { name: 'f', parameters: { type: 'object', properties: {} } } };
const ask = (model: string, rest: object = {}) => ({ model, messages: [{ role: 'user', content: 'Hi' }], ...rest });

describe.each([
  ['told', 1],
  ['found-out', 2],
])('a model that only streams (%s)', (model, tries) => {
  it('still gives one answer to those who want no stream, with what it used', async () => {
    const answer = await ground.post('/v1/chat/completions', ask(model));
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toBe('application/json');
    const { choices, usage, ...rest } = (await answer.json()) as Completion;
    expect(rest).toMatchObject({ object: 'chat.completion', model });
    expect(choices).toHaveLength(1);
    expect(choices[0]).toMatchObject({ finish_reason: 'stop', message: { role: 'assistant' } });
    expect(choices[0]?.message.content?.split(' ')).toHaveLength(usage.completion_tokens);
    expect(usage.completion_tokens).toBe(16);
    const row = await ground.row(answer);
    expect(row).toMatchObject({ outcome: 'ok', usage_source: 'provider', output_tokens: 16, is_streamed: false });
    expect(row.tries).toHaveLength(tries);
  });

  it('has its tool calls put together', async () => {
    const answer = await ground.post('/v1/chat/completions', ask(model, { tools: [tool, tool] }));
    const { choices } = (await answer.json()) as Completion;
    expect(choices[0]).toMatchObject({ finish_reason: 'tool_calls', message: { content: null } });
    expect(choices[0]?.message.tool_calls).toEqual([
      { id: expect.any(String), type: 'function', function: { name: 'f', arguments: '{}' } },
      { id: expect.any(String), type: 'function', function: { name: 'f', arguments: '{}' } },
    ]);
  });

  it('answers clients of another dialect, too', async () => {
    const answer = await ground.post('/v1/messages', ask(model, { max_tokens: 50 }));
    expect(answer.status).toBe(200);
    expect(await answer.json()).toMatchObject({
      type: 'message',
      stop_reason: 'end_turn',
      usage: { output_tokens: 16 },
    });
  });

  it('streams to those who want a stream', async () => {
    const answer = await ground.post('/v1/chat/completions', ask(model, { stream: true }));
    expect(await answer.text()).toContain('[DONE]');
    expect((await ground.row(answer)).tries).toHaveLength(1);
  });
});

it.each(['cutAfter=4', 'errorAfter=4', 'omit=finish,done'])(
  'takes no broken stream for an answer (%s)',
  async (wish) => {
    const provider = { driver: 'openai-compatible', origin: simulator.url };
    const capabilities = new Set(['streaming_required']);
    ground.route({ name: 'broken', model: { upstreamId: `sim-chat?${wish}`, capabilities }, provider });
    const answer = await ground.post('/v1/chat/completions', ask('broken'));
    expect(answer.status).toBe(502);
    expect((await ground.row(answer)).outcome).not.toBe('ok');
  },
);

it('asks again without what it refuses to tell of its usage', async () => {
  const provider = { driver: 'openai-compatible', origin: simulator.url };
  const capabilities = new Set(['streaming_required']);
  ground.route({ name: 'old', model: { upstreamId: 'sim-chat?refuse=stream_options', capabilities }, provider });
  const answer = await ground.post('/v1/chat/completions', ask('old'));
  expect(answer.status).toBe(200);
  expect(await ground.row(answer)).toMatchObject({ outcome: 'ok', output_tokens: 16, usage_source: 'estimated' });
});
