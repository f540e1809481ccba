import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { ANSWER } from './chat-fixtures.js';

interface Asked {
  readonly user?: string;
  readonly messages: readonly { readonly content: string }[];
}

/** An upstream that answers after as many milliseconds as the message says, and counts who is with it at a time. */
export class CountingUpstream {
  /** The most calls at a time, by the body's `user`. */
  readonly most = new Map<string, number>();
  private readonly active = new Map<string, number>();

  private constructor(private readonly server: Server) {
    server.on('request', (request, response) => {
      this.take(request, response).catch(() => response.destroy()); // its caller was killed in the middle
    });
  }

  static async start(): Promise<CountingUpstream> {
    const server = createServer({ keepAliveTimeout: 60_000 });
    const upstream = new CountingUpstream(server);
    await once(server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 }), 'listening');
    return upstream;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/v1`;
  }

  close(): void {
    this.server.closeAllConnections();
    this.server.close();
  }

  private async take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { user = '', messages } = (await json(request)) as Asked;
    this.add(user, 1);
    response.once('close', () => this.add(user, -1));
    const timer = setTimeout(() => response.end(JSON.stringify(ANSWER)), Number(messages[0]?.content ?? 0));
    response.once('close', () => clearTimeout(timer));
    response.writeHead(200, { 'content-type': 'application/json' });
  }

  private add(user: string, change: number): void {
    const active = (this.active.get(user) ?? 0) + change;
    this.active.set(user, active);
    if (active > (this.most.get(user) ?? 0)) this.most.set(user, active);
  }
}
