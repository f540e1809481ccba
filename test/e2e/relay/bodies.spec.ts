import { once } from 'node:events';
import { request as httpRequest, type ClientRequest, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { InFlight } from '../../../src/relay/client/in-flight.js';
import { RelayLimits } from '../../../src/relay/relay-limits.js';
import { ANSWER } from '../../support/chat-fixtures.js';
import { startRelayGround, type RelayGround } from '../../support/relay-ground.js';

const MEGABYTE = 1024 * 1024;

describe.each([
  ['the fast lane', '/v1/chat/completions'],
  ['the long way', '/inference/v1/chat/completions'],
])('request bodies on %s', (_, path) => {
  let ground: RelayGround;
  let key: string;

  beforeAll(async () => {
    ground = await startRelayGround({ config: { WAGGLE_MAX_BODY_MB: '2', WAGGLE_MAX_BYTES_IN_FLIGHT_MB: '16' } });
    key = ground.token();
    return () => ground.close();
  });

  /** A call whose body the test writes by hand. */
  const open = (headers: Record<string, string | number>): ClientRequest =>
    httpRequest(ground.url + path, { method: 'POST', headers: { 'x-api-key': key, ...headers } });

  it.each([
    ['gzip', gzipSync],
    ['br', brotliCompressSync],
    ['deflate', deflateSync],
    ['zstd', zstdCompressSync],
  ])('unpacks %s', async (encoding, pack) => {
    const request = open({ 'content-encoding': encoding });
    request.end(pack(Buffer.from('{"model":"m","a":1.0}')));
    const { body, request: upstream } = await ground.upstream.reply(200, ANSWER);
    const [answer] = (await once(request, 'response')) as [IncomingMessage];
    answer.resume();

    expect(body.toString()).toBe('{"model":"upstream-m","a":1.0}');
    expect(upstream.headers['content-encoding']).toBeUndefined();
    expect(answer.statusCode).toBe(200);
  });

  it.each(['at once', 'in chunks of unknown number'])('passes on a large body that comes %s', async (manner) => {
    const text = `{"model":"m","input":"${'é'.repeat(MEGABYTE / 2)}"}`;
    const bytes = Buffer.from(text);
    const request = open(manner === 'at once' ? { 'content-length': bytes.length } : {});
    for (let at = 0; at < bytes.length; at += 100_001) request.write(bytes.subarray(at, at + 100_001));
    request.end();
    const { body, request: upstream } = await ground.upstream.reply(200, ANSWER);
    const [answer] = (await once(request, 'response')) as [IncomingMessage];
    answer.resume();

    expect(body.toString() === text.replace('"m"', '"upstream-m"')).toBe(true);
    expect(upstream.headers['content-length']).toBe(String(bytes.length + 'upstream-'.length));
    expect(upstream.headers['transfer-encoding']).toBeUndefined();
    expect(answer.statusCode).toBe(200);
  });

  it.each([
    ['an unknown encoding', 415, 'unsupported_encoding', { 'content-encoding': 'lzma' }, '{}'],
    ['a body that is not what its encoding says', 400, 'invalid_body', { 'content-encoding': 'gzip' }, '{}'],
    [
      'a body that unpacks too large',
      413,
      'body_too_large',
      { 'content-encoding': 'gzip' },
      gzipSync(Buffer.alloc(3 * MEGABYTE, ' ')),
    ],
    ['a body that is not JSON', 400, 'invalid_body', {}, '{"model":'],
    ['a body that is not an object', 400, 'invalid_body', {}, '["m"]'],
    ['a model that is not a text', 400, 'invalid_body', {}, '{"model":1}'],
    ['no model', 400, 'invalid_body', {}, '{}'],
    ['a body that is too large', 413, 'body_too_large', {}, ' '.repeat(3 * MEGABYTE)],
  ])('answers %s with %i %s', async (...[, status, code, headers, body]) => {
    const init = { method: 'POST', headers: { ...(headers as object), 'x-api-key': key }, body };
    const answer = await fetch(ground.url + path, init);
    const { error } = (await answer.json()) as { error: object };
    expect(answer.status).toBe(status);
    expect(Object.keys(error).toSorted()).toEqual(['code', 'message', 'param', 'type']);
    expect(error).toMatchObject({ code, type: 'invalid_request_error' });
    expect(await ground.row(answer)).toMatchObject({ status, outcome: 'rejected' });
  });

  it('refuses a body that is too large while it comes, and keeps the connection usable', async () => {
    const { port, hostname } = new URL(ground.url);
    const socket = connect(Number(port), hostname);
    let received = '';
    socket.on('data', (bytes) => (received += bytes.toString()));
    socket.write(`POST ${path} HTTP/1.1\r\nhost: x\r\nx-api-key: ${key}\r\ntransfer-encoding: chunked\r\n\r\n`);
    for (let i = 0; i < 8; i++) {
      if (!socket.write(`100000\r\n${' '.repeat(MEGABYTE)}\r\n`)) await once(socket, 'drain');
    }
    socket.write('0\r\n\r\n');
    await vi.waitUntil(() => received.includes('body_too_large'));
    expect(received).toContain('413 Payload Too Large');

    const body = '{"model":"m"}';
    socket.write(`POST ${path} HTTP/1.1\r\nhost: x\r\nx-api-key: ${key}\r\ncontent-length: 13\r\n\r\n${body}`);
    await ground.upstream.reply(200, ANSWER);
    await vi.waitUntil(() => received.includes('200 OK'));
    socket.destroy();
  });

  it('takes calls that were sent without waiting for the answers, one by one', async () => {
    const { port, hostname } = new URL(ground.url);
    const socket = connect(Number(port), hostname);
    let received = '';
    socket.on('data', (bytes) => (received += bytes.toString()));
    for (const content of ['one', 'two', 'three']) {
      const body = `{"model":"m","content":"${content}"}`;
      const head = `POST ${path} HTTP/1.1\r\nhost: x\r\nx-api-key: ${key}\r\ncontent-length: ${body.length}`;
      socket.write(`${head}\r\n\r\n${body}`);
    }
    const sent: unknown[] = [];
    for (let i = 0; i < 3; i++)
      sent.push(JSON.parse((await ground.upstream.reply(200, ANSWER)).body.toString()).content);
    await vi.waitUntil(() => received.split('200 OK').length === 4);
    socket.destroy();
    expect(sent.toSorted()).toEqual(['one', 'three', 'two']);
  });

  it('answers 408 to a body that never comes, and closes the connection', async () => {
    const limits = ground.app.get(RelayLimits);
    const { idleMs } = limits;
    Object.assign(limits, { idleMs: 100 });
    const request = open({ 'content-length': 100 });
    request.write('{');
    const [answer] = (await once(request, 'response')) as [IncomingMessage];
    Object.assign(limits, { idleMs });
    expect(answer.statusCode).toBe(408);
    expect(answer.headers['connection']).toBe('close');
    expect(JSON.parse(await text(answer))).toMatchObject({ error: { code: 'request_timeout' } });
  });

  it.each([
    ['announced', true],
    ['unknown', false],
  ])(
    'answers 503 while too many bytes of %s length are in flight, and holds none at the end',
    async (_, isAnnounced) => {
      const inFlight = ground.app.get(InFlight);
      let peak = 0;
      const hold = vi.spyOn(inFlight, 'hold').mockImplementation((bytes) => {
        InFlight.prototype.hold.call(inFlight, bytes);
        peak = Math.max(peak, inFlight.bytes);
      });
      const body = new Blob([`{"model":"m"${' '.repeat(1.5 * MEGABYTE)}}`]);
      const send = (): Promise<Response> =>
        fetch(ground.url + path, {
          method: 'POST',
          headers: { 'x-api-key': key },
          ...(isAnnounced ? { body } : { body: body.stream(), duplex: 'half' }),
        });
      const calls = Array.from({ length: 20 }, send);
      const statuses: Promise<number>[] = calls.map((call) => call.then(({ status }) => status));
      const refused = await Promise.any(
        calls.map(async (call) => ((await call).status === 503 ? call : Promise.reject(new Error()))),
      );
      expect(refused.headers.get('retry-after')).toBe('1');
      expect(await refused.json()).toMatchObject({ error: { code: 'overloaded' } });
      expect(inFlight.bytes).toBeLessThan(20 * MEGABYTE);

      const isDone = { value: false };
      void Promise.all(statuses).then(() => (isDone.value = true));
      const serve = async (): Promise<void> => {
        while (!isDone.value) await Promise.race([ground.upstream.reply(200, ANSWER), Promise.all(statuses)]);
      };
      await serve();
      const all = await Promise.all(statuses);
      expect(new Set(all)).toEqual(new Set([200, 503]));
      hold.mockRestore();
      expect(peak).toBeLessThan(17 * MEGABYTE);
      await vi.waitUntil(() => inFlight.calls === 0);
      expect(inFlight.bytes).toBe(0);
    },
  );

  it('has a row for a caller that left in the middle of its body', async () => {
    const request = open({ 'content-length': 100, 'user-agent': `leaver ${path}` });
    request.on('error', () => {});
    request.write('{');
    await vi.waitUntil(() => ground.app.get(InFlight).calls === 1);
    request.destroy();
    const entry = await vi.waitUntil(() =>
      ground.entries.find((each) => each.request?.user_agent === `leaver ${path}`),
    );
    expect(entry.request).toMatchObject({ status: 499, outcome: 'cancelled', attempts: 0 });
  });
});
