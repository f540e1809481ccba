import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ANSWER } from './chat-fixtures.js';

/** An upstream that answers every call at once. */
export interface QuickUpstream {
  /** With `/v1`. */
  readonly baseUrl: string;
  close(): void;
}

/** Starts one on a free port. */
export async function startQuickUpstream(): Promise<QuickUpstream> {
  const answer = JSON.stringify(ANSWER);
  const server = createServer((request, response) => {
    request.resume().on('end', () => response.writeHead(200, { 'content-type': 'application/json' }).end(answer));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
