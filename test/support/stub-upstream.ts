import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

/** One call as the upstream sees it. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly body: Buffer;
  /** Resolves when the connection is gone or the answer was sent. */
  readonly closed: Promise<unknown>;
}

/** An upstream on a real socket that answers as the test says. */
export class StubUpstream {
  /** All calls since the start. */
  calls = 0;
  private readonly arrived: Exchange[] = [];
  private readonly waiting: ((exchange: Exchange) => void)[] = [];
  private readonly server: Server;

  private constructor() {
    this.server = createServer((request, response) => void this.take(request, response));
  }

  /** Starts one on a free port. */
  static async start(): Promise<StubUpstream> {
    const stub = new StubUpstream();
    stub.server.listen(0, '127.0.0.1');
    await once(stub.server, 'listening');
    return stub;
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Hands the upstream's side of the next calls, in order, to the test. */
  next(): Promise<Exchange> {
    const exchange = this.arrived.shift();
    return exchange ? Promise.resolve(exchange) : new Promise((resolve) => this.waiting.push(resolve));
  }

  /** Answers the next call so. */
  async reply(status: number, body: unknown, headers: Record<string, string> = {}): Promise<Exchange> {
    const exchange = await this.next();
    const isRaw = typeof body === 'string' || Buffer.isBuffer(body);
    const type = isRaw ? 'text/plain' : 'application/json';
    exchange.response.writeHead(status, { 'content-type': type, ...headers });
    exchange.response.end(isRaw ? body : JSON.stringify(body));
    return exchange;
  }

  /** Begins to stream as the answer to the next call. */
  async begin(...events: unknown[]): Promise<Exchange> {
    const exchange = await this.next();
    exchange.response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders();
    for (const event of events) exchange.response.write(sse(event));
    return exchange;
  }

  /** Streams these events, then `[DONE]`, as the answer to the next call. */
  async stream(...events: unknown[]): Promise<Exchange> {
    const exchange = await this.begin(...events);
    exchange.response.end('data: [DONE]\n\n');
    return exchange;
  }

  close(): void {
    this.server.closeAllConnections();
    this.server.close();
  }

  private async take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.calls++;
    const closed = once(response, 'close');
    const exchange = { request, response, body: await buffer(request), closed };
    const waiter = this.waiting.shift();
    if (waiter) waiter(exchange);
    else this.arrived.push(exchange);
  }
}

/** One event as chat streams have it. */
export function sse(event: unknown): string {
  return `data: ${JSON.stringify(event)}\n\n`;
}
