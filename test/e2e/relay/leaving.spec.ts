import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { connect, createServer, type AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { InFlight } from '../../../src/relay/client/in-flight.js';
import { ANSWER, chunk, FIRST, LAST, USAGE_CHUNK } from '../../support/chat-fixtures.js';
import { startRelayGround, type RelayGround } from '../../support/relay-ground.js';
import { sse } from '../../support/stub-upstream.js';

const PATH = '/v1/chat/completions';
const MEGABYTE = 1024 * 1024;
const PROMPT_MS = 200;

describe('a caller that leaves', () => {
  let ground: RelayGround;

  beforeAll(async () => {
    ground = await startRelayGround();
    return () => ground.close();
  });

  afterEach(() => vi.waitUntil(() => ground.app.get(InFlight).calls === 0));

  /** Leaves as soon as `begun` says so; resolves with how long the upstream then stayed connected. */
  async function leave(
    body: object,
    begin: (exchange: Awaited<ReturnType<typeof ground.upstream.next>>) => void,
    wait = sleep(20),
  ): Promise<number> {
    const controller = new AbortController();
    const answer = ground.post(PATH, body, { signal: controller.signal }).then(
      async (response) => response.text().catch(() => 'left'),
      () => 'left',
    );
    const exchange = await ground.upstream.next();
    begin(exchange);
    await wait;
    const leftAt = performance.now();
    controller.abort();
    await exchange.closed;
    const stayed = performance.now() - leftAt;
    expect(await answer).toBe('left');
    return stayed;
  }

  it('stops an upstream that has not answered yet', async () => {
    ground.route({ name: 'before' });
    expect(await leave({ model: 'before' }, () => {})).toBeLessThan(PROMPT_MS);
    expect(await ground.row('before')).toMatchObject({
      status: 499,
      outcome: 'cancelled',
      attempts: 1,
      usage_source: 'none',
      tries: [expect.objectContaining({ status: null, outcome: 'cancelled' })],
    });
  });

  it('stops an upstream in the middle of a plain answer', async () => {
    ground.route({ name: 'during' });
    const stayed = await leave({ model: 'during' }, ({ response }) => {
      response.writeHead(200, { 'content-type': 'application/json' }).write('{"id":');
    });
    expect(stayed).toBeLessThan(PROMPT_MS);
    expect(await ground.row('during')).toMatchObject({ status: 499, outcome: 'cancelled', attempts: 1 });
  });

  it('stops a stream, and has what was used so far on record', async () => {
    ground.route({ name: 'stream' });
    const body = { model: 'stream', stream: true, messages: [{ role: 'user', content: 'Tell me a story.' }] };
    const stayed = await leave(
      body,
      ({ response }) => {
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        response.write(sse(FIRST) + sse(chunk({ content: 'Once upon a time there was a bee.' })));
      },
      sleep(100),
    );
    expect(stayed).toBeLessThan(PROMPT_MS);
    const row = await ground.row('stream');
    expect(row).toMatchObject({ outcome: 'cancelled', usage_source: 'estimated', status: 200 });
    expect(row.output_tokens).toBeGreaterThan(5);
    expect(row.cost_picos).toBeGreaterThan(0n);
  });

  it('takes the usage that came, when the caller leaves before the end', async () => {
    ground.route({ name: 'counted' });
    await leave(
      { model: 'counted', stream: true },
      ({ response }) => {
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        response.write(
          sse(FIRST) +
            sse({ ...LAST, choices: [], usage: { prompt_tokens: 7, completion_tokens: 3, total_tokens: 10 } }),
        );
      },
      sleep(100),
    );
    expect(await ground.row('counted')).toMatchObject({
      outcome: 'cancelled',
      usage_source: 'provider',
      input_tokens: 7,
    });
  });

  it('stops an upstream that is held back', async () => {
    const caller = httpRequest(ground.url + PATH, { method: 'POST', headers: { 'x-api-key': ground.token() } });
    caller.end('{"model":"m","stream":true}');
    const { response, closed } = await ground.upstream.begin(FIRST);
    const [answer] = (await once(caller, 'response')) as [IncomingMessage];
    const text = chunk({ content: 'a few words '.repeat(MEGABYTE / 12) });
    while (response.write(sse(text)));
    answer.pause();
    await sleep(100);
    caller.destroy();
    await closed;
    expect(await ground.row('m')).toMatchObject({ outcome: 'cancelled' });
  });

  it('never reaches the upstream when it left while the connection was being made', async () => {
    // It takes the connection and then never says a word of TLS.
    const silent = createServer(() => {}).listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const { port } = silent.address() as AddressInfo;
    ground.route({ name: 'hanging', provider: { origin: `https://127.0.0.1:${port}` } });
    const controller = new AbortController();
    const answer = ground.post(PATH, { model: 'hanging' }, { signal: controller.signal }).catch(() => 'left');
    await vi.waitUntil(() => ground.app.get(InFlight).calls === 1);
    await sleep(50);
    controller.abort();
    expect(await answer).toBe('left');
    const row = await ground.row('hanging');
    expect(row).toMatchObject({ status: 499, outcome: 'cancelled' });
    expect(row.duration_ms).toBeLessThan(900);
    silent.close();
  });

  it('holds the upstream back while the caller does not read', async () => {
    const caller = httpRequest(ground.url + PATH, { method: 'POST', headers: { 'x-api-key': ground.token() } });
    caller.end('{"model":"m","stream":true}');
    const { response } = await ground.upstream.begin(FIRST);
    const event = sse(chunk({ content: 'a few words '.repeat(MEGABYTE / 12) }));
    const total = 64;
    let sent = 0;
    void (async () => {
      for (; sent < total; sent++) if (!response.write(event)) await once(response, 'drain');
      response.end(sse(LAST) + sse(USAGE_CHUNK) + 'data: [DONE]\n\n');
    })();
    const [answer] = (await once(caller, 'response')) as [IncomingMessage];
    for (let before = -1; before !== sent;) {
      before = sent;
      await sleep(200);
    }
    expect(sent).toBeLessThan(total / 2);

    let received = 0;
    let tail = '';
    for await (const bytes of answer as AsyncIterable<Buffer>) {
      received += bytes.length;
      tail = (tail + bytes.toString('latin1')).slice(-100);
    }
    expect(received).toBeGreaterThan(total * MEGABYTE);
    expect(tail.endsWith('data: [DONE]\n\n')).toBe(true);
  });

  it('does not wait for a caller that only closed its half of the connection', async () => {
    const { port, hostname } = new URL(ground.url);
    const socket = connect({ port: Number(port), host: hostname, allowHalfOpen: true });
    const body = '{"model":"m"}';
    socket.write(
      `POST ${PATH} HTTP/1.1\r\nhost: x\r\nx-api-key: ${ground.token()}\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
    );
    await ground.upstream.reply(200, ANSWER);
    const [answer] = (await once(socket, 'data')) as [Buffer];
    expect(answer.toString()).toContain('200 OK');
    socket.destroy();
  });
});
