import { EventStreamCodec } from '@smithy/eventstream-codec';
import { fromUtf8, toUtf8 } from '@smithy/util-utf8';
import { existsSync, readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expectTruthfulStream } from '../support/stream-invariants.js';
import { startRelayGround, type RelayGround } from '../support/relay-ground.js';

/** What a client shall get of an answer, and what the ledger shall say of it. */
interface Expected {
  readonly text?: string;
  readonly usage?: object;
  readonly rerank?: { readonly order: number[]; readonly usage: object };
}

/** Drivers, the folders with what their providers answer, and the base path of each. */
const FOLDERS = [
  ['openai', 'openai', '/v1'],
  ['openai-compatible', 'openai', '/v1'],
  ['azure-openai', 'azure', ''],
  ['anthropic', 'anthropic', '/v1'],
  ['gemini', 'gemini', '/v1beta'],
  ['vertex', 'vertex', '/v1/projects/p/locations/l'],
  ['bedrock', 'bedrock', ''],
  ['ollama', 'ollama', ''],
  ['vllm', 'vllm', '/v1'],
  ['cohere', 'cohere', ''],
  ['jina', 'jina', '/v1'],
] as const;
const DRIVERS = join(import.meta.dirname, '../../src/providers/drivers');
const codec = new EventStreamCodec(toUtf8, fromUtf8);

function fixture(folder: string, name: string): Buffer | undefined {
  const path = join(DRIVERS, folder, 'fixtures', name);
  return existsSync(path) ? readFileSync(path) : undefined;
}

/** A stream as bytes; Amazon's is kept as its events, since its frames are binary. */
function streamOf(folder: string): { type: string; body: Buffer } {
  const text = fixture(folder, 'stream.txt');
  if (text) return { type: 'text/event-stream', body: text };
  const events = JSON.parse(String(fixture(folder, 'stream.json'))) as [string, object][];
  const frames = events.map(([type, data]) => {
    const names = { ':event-type': type, ':content-type': 'application/json', ':message-type': 'event' };
    const headers = Object.entries(names).map(([name, value]) => [name, { type: 'string' as const, value }] as const);
    return codec.encode({ headers: Object.fromEntries(headers), body: Buffer.from(JSON.stringify(data)) });
  });
  return { type: 'application/vnd.amazon.eventstream', body: Buffer.concat(frames) };
}

describe.each(FOLDERS)('a recorded answer of %s', (driver, folder, basePath) => {
  const expected = JSON.parse(String(fixture(folder, 'expected.json'))) as Expected;
  let ground: RelayGround;
  let server: Server;

  beforeAll(async () => {
    server = createServer((request, response) => {
      request.resume();
      const isStream = /stream/i.test(request.url ?? '') || request.headers['x-wants'] === 'stream';
      const isRerank = request.url?.includes('rerank');
      const { type, body } = isStream
        ? streamOf(folder)
        : { type: 'application/json', body: fixture(folder, isRerank ? 'rerank.json' : 'answer.json')! };
      response.writeHead(200, { 'content-type': type }).end(body);
    }).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    ground = await startRelayGround();
    const provider = { driver, origin, basePath };
    const model = { upstreamId: 'recorded' };
    ground.route({ name: 'plain', model, provider });
    ground.route({ name: 'streamed', model, provider: { ...provider, extraHeaders: { 'x-wants': 'stream' } } });
    ground.route({
      name: 'ranked',
      profile: { operation: 'rerank' },
      model: { ...model, operation: 'rerank' },
      provider,
    });
    return async () => {
      await ground.close();
      server.close();
    };
  });

  const messages = [{ role: 'user', content: 'What do bees do?' }];

  it.runIf(expected.text !== undefined)('gets to the client, and what it used into the ledger', async () => {
    const answer = await ground.post('/v1/chat/completions', { model: 'plain', messages });
    expect(await answer.json()).toMatchObject({
      model: 'plain',
      choices: [{ message: { role: 'assistant', content: expected.text }, finish_reason: 'stop' }],
    });
    expect((await ground.row(answer)).tries.at(-1)).toMatchObject({ ...expected.usage, usage_source: 'provider' });
  });

  it.runIf(expected.text !== undefined)('does so as a stream', async () => {
    const answer = await ground.post('/v1/chat/completions', { model: 'streamed', messages, stream: true });
    const text = await answer.text();
    expectTruthfulStream(text, 'complete');
    const deltas = [...text.matchAll(/^data: (\{.*\})$/gm)].map(
      ([, json]) => JSON.parse(json!) as { choices: { delta: { content?: string | null } }[] },
    );
    expect(deltas.map(({ choices }) => choices[0]?.delta.content ?? '').join('')).toBe(expected.text);
    expect((await ground.row(answer)).tries.at(-1)).toMatchObject({ ...expected.usage, usage_source: 'provider' });
  });

  it.runIf(expected.rerank)('is a ranking', async () => {
    const body = { model: 'ranked', query: 'bees', documents: ['wasps', 'bees'] };
    const answer = await ground.post('/v1/rerank', body);
    const { results } = (await answer.json()) as { results: { index: number }[] };
    expect(results.map(({ index }) => index)).toEqual(expected.rerank?.order);
    expect((await ground.row(answer)).tries.at(-1)).toMatchObject(expected.rerank!.usage);
  });
});
