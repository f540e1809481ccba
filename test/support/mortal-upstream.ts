import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ANSWER } from './chat-fixtures.js';

type Answerer = (call: number, response: ServerResponse, method: string) => void;

/** An upstream that answers every call the same way, can die in the middle of its work, and comes back where it was. */
export class MortalUpstream {
  calls = 0;
  private server: Server | undefined;
  private port = 0;

  private constructor(private readonly answer: Answerer) {}

  /** Starts one on a free port; it answers well unless told otherwise. */
  static async start(answer: Answerer = (_, response) => void answerWell(response)): Promise<MortalUpstream> {
    const upstream = new MortalUpstream(answer);
    await upstream.revive();
    return upstream;
  }

  get origin(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Breaks every connection and takes no more. */
  async die(): Promise<void> {
    const { server } = this;
    this.server = undefined;
    server?.closeAllConnections();
    if (server) await new Promise((resolve) => server.close(resolve));
  }

  async revive(): Promise<void> {
    this.server = createServer((request, response) => {
      request.resume().once('end', () => this.answer(++this.calls, response, request.method ?? ''));
    });
    this.server.listen(this.port, '127.0.0.1');
    await once(this.server, 'listening');
    this.port = (this.server.address() as AddressInfo).port;
  }
}

/** A plain chat answer. */
export function answerWell(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(ANSWER));
}
