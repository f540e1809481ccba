import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { shareTimeouts } from './coarse-timeouts.js';

const TICK_MS = 20;
const WAIT_MS = 100;
const ASK = 'GET / HTTP/1.1\r\nhost: test\r\n\r\n';

describe(shareTimeouts.name, () => {
  const servers: Server[] = [];

  async function connected(listener: RequestListener): Promise<Socket> {
    const server = createServer({ keepAliveTimeout: WAIT_MS, keepAliveTimeoutBuffer: 1 }, listener);
    shareTimeouts(server, TICK_MS);
    servers.push(server);
    await once(server.listen(0, '127.0.0.1'), 'listening');
    return connect((server.address() as AddressInfo).port, '127.0.0.1').setEncoding('utf8');
  }

  afterEach(async () => {
    await Promise.all(servers.splice(0).map((server) => server[Symbol.asyncDispose]()));
  });

  it('closes a connection that asks for nothing more, and tells how long it waits', async () => {
    const socket = await connected((_, response) => response.end('ok'));
    socket.write(ASK);
    const [answer] = (await once(socket, 'data')) as [string];
    const began = performance.now();
    await once(socket, 'close');
    expect(performance.now() - began).toBeGreaterThan(WAIT_MS - TICK_MS);
    expect(answer).toMatch(/^HTTP\/1\.1 200[^]*Keep-Alive: timeout=/);
  });

  it('waits for an answer that takes longer, and for the next request from its end on', async () => {
    let asked = 0;
    const socket = await connected((_, response) => {
      asked += 1;
      setTimeout(() => response.end('late'), 3 * WAIT_MS);
    });
    for (let i = 1; i <= 2; i++) {
      socket.write(ASK);
      await once(socket, 'data');
      expect(asked).toBe(i);
    }
    await once(socket, 'close');
  });

  it('leaves a timeout alone that somebody else asks for', async () => {
    const heard = Promise.withResolvers<number>();
    const socket = await connected((request) => {
      const began = performance.now();
      request.socket.setTimeout(TICK_MS / 2, () => heard.resolve(performance.now() - began));
    });
    socket.write(ASK);
    expect(await heard.promise).toBeGreaterThan(TICK_MS / 4);
    await once(socket, 'close');
  });
});
