import { startSimulator, type Simulator } from '../../src/simulator/simulator.js';
import { freshAccount } from '../support/fresh-account.js';
import { describeOpenAiClient } from '../support/openai-suite.js';
import { expectTruthfulStream } from '../support/stream-invariants.js';
import { clientOf, countingClient, prompt, type OpenAiTarget } from '../support/openai-suite/target.js';

let simulator: Simulator;
beforeAll(async () => {
  simulator = await startSimulator({ apiKey: 'sk-simulator' });
});
afterAll(() => simulator?.close());

const target = (): OpenAiTarget => ({
  baseURL: `${simulator.url}/v1`,
  apiKey: 'sk-simulator',
  models: {
    chat: 'sim-chat',
    reasoner: 'sim-reasoner',
    completion: 'sim-chat',
    embeddings: 'sim-embed',
    responses: 'sim-chat',
    transcription: 'sim-transcribe',
    translation: 'sim-transcribe',
    whisper: 'sim-whisper',
    speech: 'sim-speech',
    image: 'sim-image',
    moderation: 'sim-moderation',
  },
  simulator,
});

describeOpenAiClient('the simulator', target);

describe('the simulator', () => {
  const ask = (directives: string) => ({ model: `sim-chat?${directives}`, messages: [prompt()] });

  it('takes directives from the model id too, and keeps them out of the answer', async () => {
    const answer = await clientOf(target()).chat.completions.create(ask('tokens=3'));
    expect(answer).toMatchObject({ model: 'sim-chat', usage: { completion_tokens: 3 } });
  });

  it('calls the tool that it is told to with the input that it is given, and says what it is told to', async () => {
    const parameters = { type: 'object' as const, properties: {} };
    const tools = ['other', 'shell'].map((name) => ({ type: 'function' as const, function: { name, parameters } }));
    const wish = new URLSearchParams({ tool: 'shell', toolInput: '{"command":"ls [[a]]"}', say: 'All is well.' });
    const { chat } = clientOf(target());
    const first = await chat.completions.create({ ...ask(`${wish}`), tools });
    const { tool_calls: calls = [] } = first.choices[0]!.message;
    expect(calls).toMatchObject([{ function: { name: 'shell', arguments: '{"command":"ls [[a]]"}' } }]);
    const result = { role: 'tool' as const, tool_call_id: calls[0]!.id, content: 'nothing' };
    const messages = [prompt(), first.choices[0]!.message, result];
    const second = await chat.completions.create({ ...ask(`${wish}`), messages, tools });
    expect(second.choices[0]?.message.content).toBe('All is well.');
    const wordy = await chat.completions.create({ ...ask('say=Hello'), tools });
    expect(wordy.choices[0]?.message).toMatchObject({ content: 'Hello' });
  });

  it('refuses a directive that does not exist', async () => {
    const answer = clientOf(target()).chat.completions.create(ask('explode=1'));
    await expect(answer).rejects.toMatchObject({ status: 400, code: 'unknown_directive' });
  });

  it('tells the SDK not to ask again', async () => {
    const { client, calls } = countingClient(target(), 2);
    await expect(client.chat.completions.create(ask('status=429&shouldRetry=false'))).rejects.toThrow();
    expect(calls).toEqual([429]);
  });

  it.each(['gzip', 'deflate', 'br'])('sends answers with %s encoding, plain and streamed', async (encoding) => {
    const client = clientOf(target());
    const plain = await client.chat.completions.create(ask(`tokens=5&encoding=${encoding}`));
    const stream = client.chat.completions.stream(ask(`tokens=5&encoding=${encoding}`));
    expect(await stream.finalContent()).toBe(plain.choices[0]?.message.content);
  });

  it('knows exactly what it sent before it cut a stream', async () => {
    await freshAccount(simulator.stats);
    const stream = await clientOf(target()).chat.completions.create({ ...ask('tokens=50&cutAfter=8'), stream: true });
    const chunks: unknown[] = [];
    const reading = (async () => {
      for await (const chunk of stream) chunks.push(chunk);
    })();
    await expect(reading).rejects.toThrow();
    expect(chunks).toHaveLength(8);
    expect(simulator.stats.records()).toMatchObject([
      { ended: 'cut', framesSent: 8, outputTokens: 7, isUsageSent: false },
    ]);
  });

  it('shows its account over HTTP and forgets it when asked', async () => {
    await clientOf(target()).chat.completions.create(ask('tokens=2'));
    const get = async (path: string, method = 'GET') =>
      (await fetch(`${simulator.url}/__simulator/${path}`, { method })).json();
    expect(await get('requests')).toContainEqual(expect.objectContaining({ operation: 'chat', outputTokens: 2 }));
    expect(await get('totals')).toMatchObject({ open: 0 });
    expect(await get('reset', 'POST')).toMatchObject({ calls: 0 });
  });

  const streamed = async (directives: string) => {
    const body = { ...ask(`tokens=2&${directives}`), stream: true, stream_options: { include_usage: true } };
    const response = await fetch(`${target().baseURL}/chat/completions`, {
      method: 'POST',
      headers: { authorization: 'Bearer sk-simulator', 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    return response.text();
  };

  it('leaves usage out, repeats it, or sends it in a chunk that has no choices', async () => {
    const usages = async (mode: string) => {
      const lines = (await streamed(`usage=${mode}`)).split('\n').filter((line) => line.startsWith('data: {'));
      return lines.map((line) => JSON.parse(line.slice(6))).filter(({ usage }) => usage);
    };
    expect(await usages('none')).toEqual([]);
    expect((await usages('every')).map(({ usage }) => usage.completion_tokens)).toEqual([0, 1, 2, 2, 2]);
    expect((await usages('bare')).map(({ choices }) => choices)).toEqual([undefined]);
  });

  it.each(['omit=role', 'omit=finish', 'omit=done', 'usage=bare', 'errorAfter=2', 'cutAfter=2'])(
    'can break the promises of a stream, and the shared assertion notices (%s)',
    async (directives) => {
      const body = await streamed(directives).catch(() => 'data: {"choices":[]}\n\n');
      expect(() => expectTruthfulStream(body)).toThrow();
    },
  );
});
