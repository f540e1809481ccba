import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** The way to the rest of the world, as a proxy that lets nobody through and remembers who was asked for. */
export interface Outside {
  /** Variables that lead a client of this name to it; the gateway, on loopback, is called directly. */
  envOf(name: string): NodeJS.ProcessEnv;
  /** The hosts that it asked for. */
  hostsOf(name: string): readonly string[];
  close(): void;
}

const LOOPBACK = '127.0.0.1,localhost,::1';

export async function startOutside(): Promise<Outside> {
  const asked: { readonly name: string; readonly host: string }[] = [];
  const note = (authorization: string | undefined, host: string): void => {
    const [name = ''] = Buffer.from(authorization?.split(' ')[1] ?? '', 'base64')
      .toString()
      .split(':');
    asked.push({ name, host });
  };
  const server: Server = createServer((request, response) => {
    note(request.headers['proxy-authorization'], request.headers.host ?? '');
    response.writeHead(403).end();
  });
  server.on('connect', (request, socket) => {
    note(request.headers['proxy-authorization'], request.url ?? '');
    socket.on('error', () => undefined);
    socket.end('HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n');
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    envOf: (name) => variables(`http://${name}:x@127.0.0.1:${port}`),
    hostsOf: (name) => [...new Set(asked.filter((one) => one.name === name).map(({ host }) => host))],
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

function variables(proxy: string): NodeJS.ProcessEnv {
  return {
    HTTP_PROXY: proxy,
    HTTPS_PROXY: proxy,
    http_proxy: proxy,
    https_proxy: proxy,
    NO_PROXY: LOOPBACK,
    no_proxy: LOOPBACK,
  };
}
