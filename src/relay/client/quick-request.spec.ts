import { createServer, request as httpRequest, type IncomingMessage, type Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { QuickRequest, type BodyTaker } from './quick-request.js';

/** Tells what comes, in order. */
class Teller implements BodyTaker {
  readonly heard: string[] = [];

  constructor(private readonly done: () => void = () => {}) {}

  take(chunk: Buffer): void {
    this.heard.push(chunk.toString());
  }

  end(): void {
    this.heard.push('end');
    this.done();
  }

  gone(): void {
    this.heard.push('gone');
    this.done();
  }
}

describe(QuickRequest.name, () => {
  let server: Server;

  beforeEach(async () => {
    server = createServer({ IncomingMessage: QuickRequest }).listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });

  const post = () =>
    httpRequest({ method: 'POST', host: '127.0.0.1', port: (server.address() as AddressInfo).port, agent: false });
  const arrival = async (): Promise<QuickRequest> => {
    const [request] = (await once(server, 'request')) as [QuickRequest];
    return request;
  };

  it('gives its body to who takes it, and the server lets go of it', async () => {
    let taken: QuickRequest | undefined;
    const teller = new Teller();
    server.on('request', (request: QuickRequest, response) => {
      taken = request;
      expect(request.deliverTo(teller)).toBe(true);
      request.on('data', () => teller.heard.push('the stream has it, too'));
      setImmediate(() => response.end('done'));
    });
    const sent = post();
    sent.end('body');
    const [answer] = (await once(sent, 'response')) as [IncomingMessage];
    expect(await text(answer)).toBe('done');
    expect(teller.heard).toEqual(['body', 'end']);
    expect(taken?.readableEnded).toBe(true);
  });

  it('tells who takes it when the caller leaves before all has come', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const teller = new Teller(resolve);
    server.on('request', (request: QuickRequest) => request.deliverTo(teller));
    const sent = post().on('error', () => {});
    sent.setHeader('content-length', '100');
    sent.write('part');
    await vi.waitUntil(() => teller.heard.length > 0);
    sent.destroy();
    await promise;
    expect(teller.heard).toEqual(['part', 'gone']);
  });

  it('is a stream as ever when nobody takes it, or too late', async () => {
    post()
      .on('error', () => {})
      .end('body');
    const request = await arrival();
    await vi.waitUntil(() => request.complete);
    expect(request.deliverTo(new Teller())).toBe(false);
    expect(request.readableEnded).toBe(false);
    expect(await text(request)).toBe('body');
    expect(request.readableEnded).toBe(true);
  });
});
