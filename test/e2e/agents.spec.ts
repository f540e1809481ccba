import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startSimulator, type Simulator } from '../../src/simulator/simulator.js';
import { expectTruthfulMessage } from '../support/message-invariants.js';
import { startRelayGround, type RelayGround } from '../support/relay-ground.js';
import { expectTruthfulStream, readEvents } from '../support/stream-invariants.js';

/** What agents really send, recorded and shortened; `npm run clients` runs the agents themselves. */
const AGENTS = ['claude-code', 'codex', 'codex-gpt-5', 'codex-gpt-6', 'opencode', 'continue'] as const;
const DRIVERS = ['openai', 'openai-compatible', 'anthropic', 'gemini', 'bedrock'];
/** A tool of each agent, as an upstream without namespaces or free forms knows it, and what it is called with. */
const TOOLS: Readonly<Record<(typeof AGENTS)[number], readonly [name: string, input: object]>> = {
  'claude-code': ['Bash', { command: 'ls', description: 'Lists' }],
  codex: ['exec_command', { cmd: 'ls' }],
  'codex-gpt-5': ['apply_patch', { input: '*** Begin Patch\n*** End Patch' }],
  'codex-gpt-6': ['functions__exec', { input: 'await tools.shell("ls")' }],
  opencode: ['bash', { command: 'ls', description: 'Lists' }],
  continue: ['Bash', { command: 'ls' }],
};

const STRICT = { defaults: {}, overrides: {}, systemPrompt: null, parameters: 'strict' as const };

interface Recorded {
  readonly path: string;
  readonly headers: Record<string, string>;
  readonly body: object;
}

let simulator: Simulator;
let ground: RelayGround;
beforeAll(async () => {
  simulator = await startSimulator({ apiKey: 'upstream-key' });
  ground = await startRelayGround();
  for (const driver of DRIVERS) {
    const basePath = driver === 'gemini' ? '/v1beta' : driver === 'bedrock' ? '' : '/v1';
    const model = { upstreamId: 'sim-chat', maxOutput: 64_000, contextWindow: 200_000 };
    const provider = { driver, origin: simulator.url, basePath };
    ground.route({ name: driver, model, provider });
    ground.route({ name: `strict-${driver}`, model, provider, profile: { policy: STRICT } });
  }
});
afterAll(async () => {
  await ground?.close();
  await simulator?.close();
});

async function recorded(agent: string): Promise<Recorded> {
  const file = join(import.meta.dirname, '../support/agent-bodies', `${agent}.json`);
  return JSON.parse(await readFile(file, 'utf8')) as Recorded;
}

/** Sends what an agent sent, to a profile and with a wish of what comes back. */
async function play(
  agent: string,
  model: string,
  wish: Record<string, string>,
): Promise<{ head: Response; text: string }> {
  const { path, headers, body } = await recorded(agent);
  const sent = JSON.stringify({ ...body, model }).replace('PROMPT', `Hi [[simulate ${new URLSearchParams(wish)}]]`);
  const head = await ground.post(path, sent, { headers });
  return { head, text: await head.text() };
}

/** The text and the calls of a stream of any dialect, after its promises were checked. */
function told(path: string, stream: string): { text: string; calls: readonly unknown[] } {
  if (path.startsWith('/v1/messages')) expectTruthfulMessage(stream);
  else if (path.startsWith('/v1/chat')) expectTruthfulStream(stream);
  return path === '/v1/responses' ? toldByResponse(stream) : toldByPieces(stream);
}

function toldByResponse(stream: string): { text: string; calls: readonly unknown[] } {
  const last = JSON.parse(readEvents(stream).at(-1)?.data ?? '{}');
  expect(last.type).toBe('response.completed');
  expect(last.response.usage.output_tokens).toBeGreaterThan(0);
  const items: { type: string; content?: { text: string }[] }[] = last.response.output;
  return {
    text: items.flatMap(({ content = [] }) => content.map(({ text }) => text)).join(''),
    calls: items.filter(({ type }) => type.endsWith('_call')),
  };
}

/** Each call as its name and its arguments, which came in pieces. */
function toldByPieces(stream: string): { text: string; calls: readonly unknown[] } {
  let text = '';
  const calls: { name: string; input: string }[] = [];
  for (const { data } of readEvents(stream).filter((event) => event.data !== '[DONE]')) {
    const piece = pieceOf(JSON.parse(data) as Chunk);
    text += piece.text;
    if (piece.name) calls.push({ name: piece.name, input: '' });
    const call = calls.at(-1);
    if (call) call.input += piece.input;
  }
  return { text, calls };
}

interface Chunk {
  readonly type?: string;
  readonly content_block?: { readonly name?: string };
  readonly delta?: { readonly text?: string; readonly partial_json?: string };
  readonly choices?: readonly {
    readonly delta?: ChatDelta;
  }[];
}

interface ChatDelta {
  readonly content?: string | null;
  readonly tool_calls?: readonly { readonly function: { readonly name?: string; readonly arguments?: string } }[];
}

interface Piece {
  readonly text: string;
  readonly name: string | undefined;
  readonly input: string;
}

/** What one chunk of a chat, or one event of a message, adds. */
function pieceOf(chunk: Chunk): Piece {
  const { type, content_block: block, delta = {}, choices } = chunk;
  if (!type) return chatPiece(choices?.[0]?.delta);
  return { text: delta.text ?? '', name: block?.name, input: delta.partial_json ?? '' };
}

function chatPiece(delta: ChatDelta | undefined): Piece {
  const called = delta?.tool_calls?.[0]?.function;
  return { text: delta?.content ?? '', name: called?.name, input: called?.arguments ?? '' };
}

describe.each(AGENTS)('what %s sends', (agent) => {
  it.each(DRIVERS)('gets an answer and a tool call from an upstream of %s', async (driver) => {
    const { path } = await recorded(agent);
    const answer = await play(agent, driver, { say: 'The bees dance' });
    expect([answer.head.status, answer.text.slice(0, 500)]).toEqual([200, expect.anything()]);
    expect(told(path, answer.text)).toEqual({ text: 'The bees dance', calls: [] });
    const row = await ground.row(answer.head);
    expect(row).toMatchObject({ outcome: 'ok', usage_source: 'provider', tries: [expect.anything()] });

    const isSame = path === '/v1/responses' && driver === 'openai';
    const [tool, input] = TOOLS[agent];
    if (isSame && agent !== 'codex') return; // the simulator's own Responses have functions alone
    const called = await play(agent, driver, { tool, toolInput: JSON.stringify(input) });
    expect([called.head.status, called.text.slice(0, 500)]).toEqual([200, expect.anything()]);
    expect(told(path, called.text).calls).toMatchObject([expectedCall(agent)]);
  });
});

function expectedCall(agent: (typeof AGENTS)[number]): object {
  const [name, input] = TOOLS[agent];
  const said = expect.any(String);
  switch (agent) {
    case 'codex':
      return { type: 'function_call', name, arguments: JSON.stringify(input), call_id: said };
    case 'codex-gpt-5':
      return { type: 'custom_tool_call', name, ...input, call_id: said };
    case 'codex-gpt-6':
      return { type: 'custom_tool_call', name: 'exec', namespace: 'functions', ...input, call_id: said };
    default:
      return {
        name,
        input: expect.toSatisfy((text: string) => JSON.stringify(JSON.parse(text)) === JSON.stringify(input)),
      };
  }
}

describe.each(['codex', 'codex-gpt-5', 'codex-gpt-6'] as const)('what %s sends back of a tool', (agent) => {
  it.each(['openai-compatible', 'anthropic', 'gemini'])('is taken by an upstream of %s', async (driver) => {
    const { path, headers, body } = await recorded(agent);
    const [tool, input] = TOOLS[agent];
    const wish = new URLSearchParams({ tool, toolInput: JSON.stringify(input), say: 'Done' });
    const asked = JSON.parse(JSON.stringify({ ...body, model: driver }).replace('PROMPT', `[[simulate ${wish}]]`));
    const first = await (await ground.post(path, asked, { headers })).text();
    const { calls } = toldByResponse(first) as { calls: readonly { type: string; call_id: string }[] };
    const results = calls.map(({ type, call_id: id }) => ({
      type: `${type}_output`,
      call_id: id,
      output: 'It is done.',
    }));
    const again = { ...asked, input: [...asked.input, ...calls, ...results] };
    const second = await ground.post(path, again, { headers });
    expect(toldByResponse(await second.text())).toEqual({ text: 'Done', calls: [] });
  });
});

it('gives long names of tools in namespaces back, too', async () => {
  const { path, headers } = await recorded('codex');
  const name = 'n'.repeat(60);
  const parameters = { type: 'object', properties: {} };
  const tools = [{ type: 'namespace', name: 'mcp__far', tools: [{ type: 'function', name, parameters }] }];
  const asked = { model: 'openai-compatible', stream: true, input: 'Hi [[simulate toolCalls=1]]', tools };
  const answer = await ground.post(path, asked, { headers });
  expect(toldByResponse(await answer.text()).calls).toMatchObject([{ name, namespace: 'mcp__far' }]);
});

describe.each(['anthropic', 'gemini', 'bedrock', 'openai-compatible'])('a strict profile served by %s', (driver) => {
  it('takes of Codex what has no influence on the answer, and says that it has none', async () => {
    const { path, headers, body } = await recorded('codex');
    const tools = (body as { tools: { type: string }[] }).tools.filter(({ type }) => type !== 'web_search');
    const answer = await ground.post(path, { ...body, tools, model: `strict-${driver}` }, { headers });
    expect(answer.headers.get('x-waggle-dropped')).toBe('prompt_cache_key, client_metadata');
    expect(answer.status, await answer.clone().text()).toBe(200);
    expect(told(path, await answer.text()).calls).not.toEqual([]);
  });

  it('refuses a tool of its that the model does not have, and names no more than that', async () => {
    const { head, text } = await play('codex', `strict-${driver}`, { say: 'Done.' });
    expect(head.status).toBe(400);
    const said = 'Not supported by the model that serves this: tools[web_search].';
    expect(JSON.parse(text)).toMatchObject({ error: { code: 'unsupported_parameter', message: said } });
  });
});
