import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Pool, type Dispatcher } from 'undici';

/**
 * The least that any gateway in Node must do: read the body, parse it, change the model, print it, send it on; read
 * the usage of a plain answer; pipe a stream through. No credentials, no routing, no books, no care for errors.
 */
const [upstream, model] = process.argv.slice(2).map((arg) => JSON.parse(arg) as string);
const pool = new Pool(String(upstream), { connections: 1024, pipelining: 1 });
let tokens = 0;

const server = createServer({ noDelay: true }, (request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => forward(request, response, Buffer.concat(chunks)));
});

function forward(request: IncomingMessage, response: ServerResponse, raw: Buffer): void {
  const body = JSON.parse(raw.toString()) as { model: unknown; stream?: boolean };
  body.model = model;
  const options = {
    path: request.url ?? '/',
    method: 'POST' as const,
    headers: { authorization: 'Bearer upstream', 'content-type': 'application/json' },
    body: JSON.stringify(body),
  };
  pool.dispatch(options, body.stream ? piped(response) : collected(response));
}

function piped(response: ServerResponse): Dispatcher.DispatchHandler {
  return {
    onRequestStart: () => {},
    onResponseStart: (controller, status, headers) => {
      response.writeHead(status, { 'content-type': String(headers['content-type']) });
      response.flushHeaders();
      response.on('drain', () => controller.resume());
      response.on('close', () => response.writableFinished || controller.abort(new Error('the caller left')));
    },
    onResponseData: (controller, chunk) => {
      if (!response.write(chunk)) controller.pause();
    },
    onResponseEnd: () => response.end(),
    onResponseError: () => response.destroy(),
  };
}

function collected(response: ServerResponse): Dispatcher.DispatchHandler {
  const chunks: Buffer[] = [];
  let status = 0;
  return {
    onRequestStart: () => {},
    onResponseStart: (_, code) => {
      status = code;
    },
    onResponseData: (_, chunk) => void chunks.push(chunk),
    onResponseEnd: () => {
      const answer = Buffer.concat(chunks);
      tokens += (JSON.parse(answer.toString()) as { usage: { total_tokens: number } }).usage.total_tokens;
      response.writeHead(status, { 'content-type': 'application/json', 'content-length': answer.length });
      response.end(answer);
    },
    onResponseError: () => response.destroy(),
  };
}

server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 }, () => {
  console.log(JSON.stringify({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }));
});
process.on('SIGUSR2', () => console.error(tokens)); // keeps the reading of the usage from being optimised away
