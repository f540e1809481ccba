import { spawn } from 'node:child_process';
import { open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { StartError } from '../../common/errors/start-error.js';
import type { Placement } from './placement.js';
import { becomesReady, findPostmaster, freePort, type Postmaster } from './postmaster.js';

export const USER = 'waggle';
const MAX_LOG_BYTES = 16 * 1024 * 1024;
/** A port may be taken between the probe and the start, and a crash leaves sessions that end a little later. */
const ATTEMPTS = 5;
const BETWEEN_ATTEMPTS_MS = 300;

/** What it takes to start one embedded Postgres. */
export interface Server {
  readonly dir: string;
  readonly placement: Placement;
  readonly password: string;
  readonly flags: readonly string[];
  /** The port to listen on; any free one unless given. */
  readonly port?: number;
}

/** Starts the server, or takes over the one that is running, and waits until it answers. */
export async function run(server: Server, onProgress: (step: string) => void): Promise<Postmaster> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const running = await findPostmaster(server.placement.clusterDir);
    onProgress(running ? `Taking over the Postgres that is running (process ${running.pid})` : 'Starting Postgres');
    const { pid, port } = running ?? (await launch(server));
    if (await becomesReady(pid, urlOf(server, port, 'postgres'))) return { pid, port };
    await sleep(BETWEEN_ATTEMPTS_MS);
  }
  throw new StartError(`Postgres does not start. The end of ${logOf(server.dir)}:\n${await tailOf(logOf(server.dir))}`);
}

/** In a process group of its own: Ctrl-C in a terminal must not stop it before the gateway has drained. */
async function launch(server: Server): Promise<Postmaster> {
  const { dir, flags, placement } = server;
  const { binariesRoot, clusterDir, user } = placement;
  const port = server.port ?? (await freePort());
  const log = await open(logOf(dir), 'a', 0o600);
  if ((await log.stat()).size > MAX_LOG_BYTES) await log.truncate();
  try {
    const child = spawn(join(binariesRoot, 'bin', 'postgres'), ['-D', clusterDir, '-p', String(port), ...flags], {
      ...(user && { uid: user.uid, gid: user.gid }),
      cwd: '/',
      detached: true,
      env: { PATH: '/usr/bin:/bin', LC_ALL: 'C' },
      stdio: ['ignore', log.fd, log.fd],
    });
    await new Promise((started, failed) => child.once('spawn', started).once('error', failed));
    child.unref();
    return { pid: Number(child.pid), port };
  } finally {
    await log.close();
  }
}

/** The address of a database on this server, with the password in it. */
export function urlOf({ password }: Pick<Server, 'password'>, port: number, database: string): string {
  return `postgres://${USER}:${password}@127.0.0.1:${port}/${database}`;
}

function logOf(dir: string): string {
  return join(dir, 'postgres.log');
}

async function tailOf(file: string): Promise<string> {
  return (await readFile(file, 'utf8').catch(() => '')).trimEnd().split('\n').slice(-10).join('\n');
}
