import { RequestMethod } from '@nestjs/common';
import { ExpressAdapter, type NestExpressApplication } from '@nestjs/platform-express';
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import { shareTimeouts } from './client/coarse-timeouts.js';
import { QuickRequest } from './client/quick-request.js';
import { RelayController } from './relay.controller.js';

type Handler = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

const PREFIX = '/v1/';

/** Nest's adapter to Express, with a server whose requests can give the relay their bodies without a detour. */
export class FastLaneAdapter extends ExpressAdapter {
  /** `keepAliveSeconds`: how long a connection may wait for its next request. */
  constructor(private readonly keepAliveSeconds: number) {
    super();
  }

  override initHttpServer(): void {
    const settings = { IncomingMessage: QuickRequest, keepAliveTimeout: this.keepAliveSeconds * 1000 };
    const server = createServer(settings, this.getInstance<RequestListener>());
    shareTimeouts(server);
    this.httpServer = server;
  }
}

/**
 * Leads a call of a relay route straight from the server to its controller, past Express and Nest's router, which would
 * do nothing for it (docs/adr/0004). It knows the plain spelling of each path only; every other one takes the long way
 * to the same method.
 */
export function openFastLane(app: NestExpressApplication): void {
  const server = app.getHttpServer() as Server;
  const [express] = server.listeners('request') as RequestListener[];
  if (!express) throw new Error('the server has no listener yet');
  const handlers = handlersOf(app.get(RelayController));
  server.removeAllListeners('request');
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    const handler = request.method === 'POST' ? handlerFor(handlers, request.url ?? '') : undefined;
    if (handler) void handler(request, response);
    else express(request, response);
  });
}

/** A query changes nothing about the path; Claude Code sends one with every call. */
function handlerFor(handlers: ReadonlyMap<string, Handler>, url: string): Handler | undefined {
  const handler = handlers.get(url);
  if (handler) return handler;
  const mark = url.indexOf('?');
  return mark < 0 ? undefined : handlers.get(url.slice(0, mark));
}

/** The controller's routes as its decorators name them, by path. */
function handlersOf(controller: RelayController): ReadonlyMap<string, Handler> {
  const handlers = new Map<string, Handler>();
  for (const name of Object.getOwnPropertyNames(RelayController.prototype)) {
    const method: unknown = Reflect.get(controller, name);
    if (typeof method !== 'function' || Reflect.getMetadata('method', method) !== RequestMethod.POST) continue;
    handlers.set(PREFIX + String(Reflect.getMetadata('path', method)), method.bind(controller) as Handler);
  }
  return handlers;
}
