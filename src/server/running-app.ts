import type { Server } from 'node:http';
import { createApp } from '../app.js';
import { StartError } from '../common/errors/start-error.js';
import type { Config } from '../config/config.js';
import type { WorkerIdentity } from '../config/worker-identity.js';
import { InFlight } from '../relay/client/in-flight.js';
import { keepIdleMemoryLow } from './idle-memory.js';

const IDLE_SWEEP_MS = 50;

/** The gateway, listening; in this process, or in several. */
export interface Running {
  /** Where it listens, without a slash at the end. */
  readonly url: string;
  /** Takes no more requests, finishes those in flight (within the grace, or until `force`), and lets everything go. */
  stop(force: AbortSignal): Promise<void>;
}

/** Starts the app in this process. */
export async function startApp(config: Config, identity?: WorkerIdentity): Promise<Running> {
  const app = await createApp(config, identity);
  try {
    await app.listen(config.port, config.host);
  } catch (error) {
    await app.close();
    throw explained(error, config);
  }
  const server = app.getHttpServer() as Server;
  const letGrow = keepIdleMemoryLow(app.get(InFlight));
  return {
    url: urlOf(config.host, server),
    stop: async (force) => {
      letGrow();
      const end = cutOffAfter(server, config.shutdownGraceSeconds * 1000, force);
      await app.close().finally(end);
    },
  };
}

/** A kept-alive connection stays open after its last answer; closing it in time makes the drain end with the work. */
function cutOffAfter(server: Server, graceMs: number, force: AbortSignal): () => void {
  const cut = (): void => server.closeAllConnections();
  const sweep = setInterval(() => server.closeIdleConnections(), IDLE_SWEEP_MS);
  const deadline = setTimeout(cut, graceMs);
  if (force.aborted) cut();
  force.addEventListener('abort', cut);
  return () => {
    clearInterval(sweep);
    clearTimeout(deadline);
    force.removeEventListener('abort', cut);
  };
}

/** An address that a person can open, whatever interface we listen on. */
export function addressOf(host: string, port: number): string {
  const name = ['0.0.0.0', '::', ''].includes(host) ? 'localhost' : host;
  return `http://${name.includes(':') ? `[${name}]` : name}:${port}`;
}

function urlOf(host: string, server: Server): string {
  const address = server.address();
  return addressOf(host, typeof address === 'object' && address ? address.port : 0);
}

function explained(error: unknown, { host, port }: Config): unknown {
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'EADDRINUSE') return new StartError(`Port ${port} of ${host} is in use: set WAGGLE_PORT to another`);
  if (code === 'EACCES') return new StartError(`Port ${port} of ${host} is not ours to listen on: set WAGGLE_PORT`);
  if (code === 'EADDRNOTAVAIL') return new StartError(`There is no address ${host} here: set WAGGLE_HOST`);
  return error;
}
