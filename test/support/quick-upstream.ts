import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { ANSWER } from './chat-fixtures.js';

/** An upstream that answers every call at once. */
export interface QuickUpstream {
  /** With `/v1`. */
  readonly baseUrl: string;
  close(): void;
}

/** Starts one on a free port. Calls of the model `failing` get 500. */
export async function startQuickUpstream(failing?: string): Promise<QuickUpstream> {
  const answer = JSON.stringify(ANSWER);
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      const isFailing = failing !== undefined && body.includes(`"${failing}"`);
      response.writeHead(isFailing ? 500 : 200, { 'content-type': 'application/json' });
      response.end(isFailing ? '{}' : answer);
    });
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
