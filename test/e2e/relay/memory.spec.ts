import { once } from 'node:events';
import {
  Agent,
  createServer,
  request as httpRequest,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { InFlight } from '../../../src/relay/client/in-flight.js';
import { ANSWER } from '../../support/chat-fixtures.js';
import { startRelayGround, type RelayGround } from '../../support/relay-ground.js';

const CALLS = 700;
const CONCURRENT = 20;
const WARM_UP_ROUNDS = 3;
const ROUNDS = 6;
/** What a round may leave behind: less than 200 bytes a call, where a call itself takes tens of kilobytes. */
const TOLERATED_BYTES = ROUNDS * CALLS * 200;

type Manner = 'plain' | 'stream' | 'cut' | 'caller mistake' | 'leaves' | 'not JSON' | 'unknown model';
const MANNERS: readonly Manner[] = ['plain', 'stream', 'cut', 'caller mistake', 'leaves', 'not JSON', 'unknown model'];

describe('memory', () => {
  let ground: RelayGround;
  let upstream: Server;
  let key: string;
  const agent = new Agent({ keepAlive: true, maxSockets: CONCURRENT });

  beforeAll(async () => {
    ground = await startRelayGround();
    upstream = createServer(answer);
    upstream.listen(0, '127.0.0.1');
    await once(upstream, 'listening');
    ground.route({
      name: 'busy',
      provider: { origin: `http://127.0.0.1:${(upstream.address() as AddressInfo).port}` },
    });
    key = ground.token();
    return async () => {
      agent.destroy();
      upstream.close();
      upstream.closeAllConnections();
      await ground.close();
    };
  });

  it(`keeps nothing of calls that are over, however they ended (${ROUNDS * CALLS} of them)`, async () => {
    for (let i = 0; i < WARM_UP_ROUNDS; i++) await round();
    const before = usedBytes();
    for (let i = 0; i < ROUNDS; i++) await round();
    const grown = usedBytes() - before;
    expect(ground.app.get(InFlight)).toMatchObject({ calls: 0, bytes: 0 });
    expect(grown).toBeLessThan(TOLERATED_BYTES);
  });

  async function round(): Promise<void> {
    let next = 0;
    const work = async (): Promise<void> => {
      while (next < CALLS) await call(MANNERS[next++ % MANNERS.length]!);
    };
    await Promise.all(Array.from({ length: CONCURRENT }, work));
    await vi.waitUntil(() => ground.app.get(InFlight).calls === 0);
    ground.entries.length = 0; // the test's own record of what was journalled
  }

  function call(manner: Manner): Promise<void> {
    return new Promise((resolve) => {
      const request = httpRequest(`${ground.url}/v1/chat/completions`, {
        method: 'POST',
        agent,
        headers: { 'x-api-key': key },
      });
      request.once('error', () => resolve());
      request.once('response', (response: IncomingMessage) => {
        response.once('close', () => resolve());
        response.once('data', () => manner === 'leaves' && request.destroy());
        response.resume();
      });
      request.end(bodyOf(manner));
    });
  }
});

function bodyOf(manner: Manner): string {
  if (manner === 'not JSON') return '{"model":';
  const model = manner === 'unknown model' ? 'nothing' : 'busy';
  const stream = manner === 'stream' || manner === 'cut' || manner === 'leaves';
  return JSON.stringify({ model, stream, messages: [{ role: 'user', content: 'x'.repeat(2000) }], manner });
}

const CHUNK = `data: ${JSON.stringify({
  id: 'c',
  object: 'chat.completion.chunk',
  model: 'm',
  choices: [{ index: 0, delta: { role: 'assistant', content: 'word' }, finish_reason: null }],
})}\n\n`;
const LAST = `data: ${JSON.stringify({
  id: 'c',
  object: 'chat.completion.chunk',
  model: 'm',
  choices: [{ index: 0, delta: {}, finish_reason: 'stop' }],
})}\n\ndata: [DONE]\n\n`;

/** Ends each call in the manner that its body names. */
function answer(request: IncomingMessage, response: ServerResponse): void {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.once('end', () => {
    const { manner } = JSON.parse(Buffer.concat(chunks).toString()) as { manner: Manner };
    if (manner === 'plain')
      return void response.setHeader('content-type', 'application/json').end(JSON.stringify(ANSWER));
    if (manner === 'caller mistake') return void response.writeHead(400).end('{"error":{"message":"no"}}');
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(CHUNK);
    if (manner === 'stream') response.end(CHUNK + LAST);
    if (manner === 'cut') response.write(CHUNK, () => response.destroy());
  });
}

/** Heap and buffers in use once everything that can be collected is. */
function usedBytes(): number {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as NodeJS.GCFunction;
  for (let i = 0; i < 3; i++) void collect({ type: 'major', execution: 'sync' });
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}
