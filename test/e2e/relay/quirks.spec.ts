import { startSimulator, type Simulator } from '../../../src/simulator/simulator.js';
import { ANSWER, chunk } from '../../support/chat-fixtures.js';
import { expectTruthfulMessage } from '../../support/message-invariants.js';
import { startRelayGround, type RelayGround } from '../../support/relay-ground.js';
import { expectTruthfulStream, readEvents } from '../../support/stream-invariants.js';
import { sse } from '../../support/stub-upstream.js';

let simulator: Simulator;
let ground: RelayGround;
beforeAll(async () => {
  simulator = await startSimulator({ apiKey: 'upstream-key' });
  ground = await startRelayGround();
  const provider = { driver: 'openai-compatible', origin: simulator.url };
  ground.route({
    name: 'gemma',
    model: { upstreamId: 'sim-gemma?toolText=gemma', capabilities: new Set(['gemma_tools']) },
    provider,
  });
});
afterAll(async () => {
  await simulator?.close();
  await ground?.close();
});

const parameters = {
  type: 'object',
  properties: { city: { type: 'string' }, days: { type: 'integer' } },
  required: ['city', 'days'],
};
const tools = ['weather', 'tides'].map((name) => ({ type: 'function', function: { name, parameters } }));
const ask = (rest: object = {}) => ({ model: 'gemma', messages: [{ role: 'user', content: 'Hi' }], tools, ...rest });

interface Call {
  index?: number;
  id: string;
  type: string;
  function: { name: string; arguments: string };
}

function expectCalls(calls: readonly Call[]): void {
  expect(calls.map(({ function: { name } }) => name)).toEqual(['weather', 'tides']);
  for (const call of calls) {
    expect(call).toMatchObject({ id: expect.stringMatching(/^call_[0-9a-f]{32}$/), type: 'function' });
    expect(JSON.parse(call.function.arguments)).toEqual({ city: expect.any(String), days: expect.any(Number) });
  }
  expect(new Set(calls.map(({ id }) => id)).size).toBe(2);
}

describe('a model that writes its tool calls into its text', () => {
  it('answers with calls, and keeps its thoughts apart', async () => {
    const answer = await ground.post('/v1/chat/completions', ask());
    const { choices } = (await answer.json()) as {
      choices: { message: { tool_calls: Call[] }; finish_reason: string }[];
    };
    expect(choices[0]).toMatchObject({
      finish_reason: 'tool_calls',
      message: { role: 'assistant', content: 'Let me look.', reasoning_content: 'I need a tool.' },
    });
    expectCalls(choices[0]!.message.tool_calls);
    expect(choices[0]!.message.tool_calls[0]).not.toHaveProperty('index');
    expect(await ground.row(answer)).toMatchObject({ outcome: 'ok', usage_source: 'provider' });
  });

  it.each(['', ' [[simulate split=7]]', ' [[simulate chunkTokens=50]]'])(
    'streams calls, whatever the borders:%s',
    async (how) => {
      const messages = [{ role: 'user', content: `Hi${how}` }];
      const answer = await ground.post('/v1/chat/completions', ask({ stream: true, messages }));
      const body = await answer.text();
      const facts = expectTruthfulStream(body);
      expect(facts).toMatchObject({ text: 'Let me look.', finishReasons: ['tool_calls'] });
      expect(body).not.toContain('<|');
      const chunks = readEvents(body)
        .slice(0, -1)
        .map(({ data }) => JSON.parse(data) as { choices: { delta: { tool_calls?: Call[] } }[] });
      expectCalls(chunks.flatMap(({ choices }) => choices.flatMap(({ delta }) => delta.tool_calls ?? [])));
    },
  );

  it('is understood by clients of another dialect, too', async () => {
    const { messages } = ask();
    const client = {
      model: 'gemma',
      max_tokens: 900,
      messages,
      tools: [{ name: 'weather', input_schema: parameters }],
    };
    const answer = await ground.post('/v1/messages', client);
    expect(await answer.json()).toMatchObject({
      stop_reason: 'tool_use',
      content: [
        { type: 'thinking', thinking: 'I need a tool.' },
        { type: 'text', text: 'Let me look.' },
        { type: 'tool_use', name: 'weather', input: { days: expect.any(Number) } },
      ],
    });
    const stream = await ground.post('/v1/messages', { ...client, stream: true });
    expectTruthfulMessage(await stream.text());
  });
});

describe('tools whose names an upstream refuses', () => {
  const capabilities = new Set(['plain_tool_names', 'plain_tool_ids', 'paired_tools']);
  const name = 'files.read';
  const plain = 'files_read_601e4eb6';
  const chat = (model: string, rest: object = {}) => ({
    model,
    messages: [
      { role: 'user', content: 'Hi' },
      {
        role: 'assistant',
        content: null,
        tool_calls: [{ id: 'a:1', type: 'function', function: { name, arguments: '{}' } }],
      },
    ],
    tools: [{ type: 'function', function: { name } }],
    ...rest,
  });

  beforeAll(() => {
    ground.route({ name: 'strict', model: { capabilities } });
    ground.route({ name: 'lenient' });
    ground.route({ name: 'strict-claude', model: { capabilities }, provider: { driver: 'anthropic' } });
  });

  it('go by plain ones in the same dialect, and come back under their own', async () => {
    const call = ground.post('/v1/chat/completions', chat('strict'));
    const told = { id: 'call_1', type: 'function', function: { name: plain, arguments: '{}' } };
    const message = { role: 'assistant', content: null, tool_calls: [told] };
    const { body } = await ground.upstream.reply(200, {
      ...ANSWER,
      choices: [{ index: 0, message, finish_reason: 'tool_calls' }],
    });
    const sent = JSON.parse(body.toString()) as { messages: object[]; tools: object[] };
    expect(sent.tools).toEqual([{ type: 'function', function: { name: plain } }]);
    expect(sent.messages.slice(1)).toEqual([
      {
        role: 'assistant',
        content: null,
        tool_calls: [{ id: 'a_1_2b2c40a6', type: 'function', function: { name: plain, arguments: '{}' } }],
      },
      { role: 'tool', tool_call_id: 'a_1_2b2c40a6', content: expect.stringContaining('interrupted') },
    ]);
    const answer = await call;
    expect(answer.headers.get('x-waggle-loss')).toBe('tool_call');
    expect(await answer.json()).toMatchObject({ choices: [{ message: { tool_calls: [{ function: { name } }] } }] });
  });

  it('come back under their own in streams', async () => {
    const call = ground.post('/v1/chat/completions', chat('strict', { stream: true }));
    const { response } = await ground.upstream.begin();
    const start = { index: 0, id: 'call_1', type: 'function', function: { name: plain, arguments: '' } };
    const bytes = Buffer.from(
      sse(chunk({ role: 'assistant', tool_calls: [start] })) + sse(chunk({}, 'tool_calls')) + 'data: [DONE]\n\n',
    );
    response.write(bytes.subarray(0, 70));
    response.end(bytes.subarray(70));
    const text = await (await call).text();
    expectTruthfulStream(text);
    expect(text).toContain(`"name":"${name}"`);
    expect(text).not.toContain(plain);
  });

  it('leave a body alone for a model that wants nothing', async () => {
    const call = ground.post('/v1/chat/completions', chat('lenient'));
    const { body } = await ground.upstream.reply(200, ANSWER);
    expect(JSON.parse(body.toString())).toMatchObject({
      messages: [{}, { tool_calls: [{ id: 'a:1', function: { name } }] }],
    });
    expect((await call).headers.get('x-waggle-loss')).toBeNull();
  });

  it('are told in messages as well, plain and streamed', async () => {
    const tools = [{ name, input_schema: { type: 'object' } }];
    const ask = { model: 'strict-claude', max_tokens: 9, messages: [{ role: 'user', content: 'Hi' }], tools };
    const block = { type: 'tool_use', id: 'toolu_1', name: plain, input: {} };
    const message = {
      id: 'msg_1',
      type: 'message',
      role: 'assistant',
      model: 'x',
      content: [block],
      stop_reason: 'tool_use',
      stop_sequence: null,
      usage: { input_tokens: 1, output_tokens: 1 },
    };
    const call = ground.post('/v1/messages', ask);
    const { body } = await ground.upstream.reply(200, message);
    expect(JSON.parse(body.toString())).toMatchObject({ tools: [{ name: plain }] });
    expect(await (await call).json()).toMatchObject({ content: [{ name }] });

    const streamed = ground.post('/v1/messages', { ...ask, stream: true });
    const { response } = await ground.upstream.begin();
    const events = [
      { type: 'message_start', message: { ...message, content: [], stop_reason: null } },
      { type: 'content_block_start', index: 0, content_block: block },
      { type: 'content_block_stop', index: 0 },
      { type: 'message_delta', delta: { stop_reason: 'tool_use', stop_sequence: null }, usage: { output_tokens: 1 } },
      { type: 'message_stop' },
    ];
    response.end(events.map((event) => `event: ${event.type}\n${sse(event)}`).join(''));
    const text = await (await streamed).text();
    expectTruthfulMessage(text);
    expect(text).toContain(`"name":"${name}"`);
  });

  it.each(['openai', 'anthropic'])('go by the names that the model of %s has for them', async (driver) => {
    const model = { toolNames: new Map([[name, 'read_file']]) };
    ground.route({ name: `named-${driver}`, model, provider: { driver } });
    const call = ground.post('/v1/chat/completions', { ...chat(`named-${driver}`), stream: true });
    const { body, response } = await ground.upstream.next();
    expect(body.toString()).toContain('"name":"read_file"');
    expect(body.toString()).not.toContain(name);
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    const started = { index: 0, id: 'call_1', type: 'function', function: { name: 'read_file', arguments: '{}' } };
    const asChat = [chunk({ role: 'assistant', tool_calls: [started] }), chunk({}, 'tool_calls')];
    const block = { type: 'tool_use', id: 'toolu_1', name: 'read_file', input: {} };
    const asMessage = [
      { type: 'message_start', message: { content: [], usage: { input_tokens: 1, output_tokens: 1 } } },
      { type: 'content_block_start', index: 0, content_block: block },
      { type: 'content_block_stop', index: 0 },
      { type: 'message_delta', delta: { stop_reason: 'tool_use' }, usage: { output_tokens: 1 } },
      { type: 'message_stop' },
    ];
    response.end(
      (driver === 'openai' ? asChat : asMessage).map(sse).join('') + (driver === 'openai' ? 'data: [DONE]\n\n' : ''),
    );
    const text = await (await call).text();
    expectTruthfulStream(text);
    expect(text).toContain(`"name":"${name}"`);
  });

  it('are plain in translations, without a word from anybody', async () => {
    ground.route({ name: 'claude', provider: { driver: 'anthropic' } });
    const long = 'x'.repeat(200);
    const body = {
      model: 'claude',
      messages: [{ role: 'user', content: 'Hi' }],
      tools: [{ type: 'function', function: { name: long } }],
      tool_choice: { type: 'function', function: { name: long } },
    };
    const call = ground.post('/v1/chat/completions', body);
    const { request, body: raw, response } = await ground.upstream.next();
    const sent = JSON.parse(raw.toString()) as { tools: { name: string }[]; tool_choice: { name: string } };
    expect(request.url).toBe('/v1/messages');
    expect(sent.tools[0]!.name).toMatch(/^x{119}_[0-9a-f]{8}$/);
    expect(sent.tool_choice.name).toBe(sent.tools[0]!.name);
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(
      JSON.stringify({
        type: 'message',
        role: 'assistant',
        content: [{ type: 'tool_use', id: 't', name: sent.tools[0]!.name, input: {} }],
        stop_reason: 'tool_use',
        usage: { input_tokens: 1, output_tokens: 1 },
      }),
    );
    expect(await (await call).json()).toMatchObject({
      choices: [{ message: { tool_calls: [{ function: { name: long } }] } }],
    });
  });
});
