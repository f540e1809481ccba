import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, open, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Client } from 'pg';
import { StartError } from '../../common/errors/start-error.js';
import { initialise } from './initialise.js';
import { clusterDirOf, place, type Placement } from './placement.js';
import { becomesReady, findPostmaster, freePort, stopPostmaster } from './postmaster.js';

const USER = 'waggle';
const DATABASE = 'waggle';
const MAX_LOG_BYTES = 16 * 1024 * 1024;
/** A port may be taken between the probe and the start, and a crash leaves sessions that end a little later. */
const ATTEMPTS = 5;

export interface EmbeddedOptions {
  /** The folder to keep everything in; made when it is missing. */
  readonly dir: string;
  readonly maxConnections?: number;
  /** False gives up safety for speed: a crash of the machine loses the data. For tests. */
  readonly isDurable?: boolean;
  /** Hears of each step that takes a while. */
  readonly onProgress?: (step: string) => void;
}

/** A Postgres of our own. It outlives this process unless stopped; the next start with the same folder adopts it. */
export interface EmbeddedPostgres {
  readonly url: string;
  /** Flushes, ends the server and waits until it is gone. */
  stop(): Promise<void>;
}

interface Server {
  readonly dir: string;
  readonly placement: Placement;
  readonly password: string;
  readonly flags: readonly string[];
}

/** Starts the Postgres of this folder, or takes over the one that is running there. Listens on 127.0.0.1 only. */
export async function startEmbeddedPostgres(options: EmbeddedOptions): Promise<EmbeddedPostgres> {
  const { onProgress = () => undefined } = options;
  const dir = resolve(options.dir);
  // Root's Postgres runs as another user, who has to pass through.
  await mkdir(dir, { recursive: true, mode: process.getuid?.() === 0 ? 0o711 : 0o700 });
  const placement = await place(dir);
  const isNew = !existsSync(join(placement.clusterDir, 'PG_VERSION'));
  const password = await passwordIn(join(dir, 'postgres.password'), isNew);
  if (isNew) {
    onProgress(`Creating a database in ${placement.clusterDir}`);
    await initialise(placement, { user: USER, password });
  }
  const server = { dir, placement, password, flags: flagsOf(options) };
  const { pid, port } = await run(server, onProgress);
  await createDatabase(urlOf(server, port, 'postgres')).catch(async (error) => {
    await stopPostmaster(pid);
    throw error;
  });
  return { url: urlOf(server, port, DATABASE), stop: () => stopPostmaster(pid) };
}

/** The address of the Postgres that another process runs in this folder; undefined when none does. */
export async function findEmbeddedPostgres(dir: string): Promise<string | undefined> {
  const password = await readFile(join(dir, 'postgres.password'), 'utf8').catch(() => undefined);
  if (password === undefined) return undefined;
  const running = await findPostmaster(await clusterDirOf(dir));
  return running && urlOf({ password: password.trim() }, running.port, DATABASE);
}

function flagsOf({ maxConnections = 100, isDurable = true }: EmbeddedOptions): string[] {
  const settings = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    max_connections: maxConnections,
    timezone: 'UTC',
    log_timezone: 'UTC',
    log_checkpoints: 'off',
    ...(isDurable ? {} : { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' }),
  };
  return Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}

async function run(server: Server, onProgress: (step: string) => void): Promise<{ pid: number; port: number }> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const running = await findPostmaster(server.placement.clusterDir);
    onProgress(running ? `Taking over the Postgres that is running (process ${running.pid})` : 'Starting Postgres');
    const { pid, port } = running ?? (await launch(server));
    if (await becomesReady(pid, urlOf(server, port, 'postgres'))) return { pid, port };
  }
  throw new StartError(`Postgres does not start. The end of ${logOf(server.dir)}:\n${await tailOf(logOf(server.dir))}`);
}

/** In a process group of its own: Ctrl-C in a terminal must not stop it before the gateway has drained. */
async function launch({ dir, placement, flags }: Server): Promise<{ pid: number; port: number }> {
  const { binariesRoot, clusterDir, user } = placement;
  const port = await freePort();
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

async function createDatabase(url: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    const { rowCount } = await client.query('select from pg_database where datname = $1', [DATABASE]);
    if (rowCount === 0) await client.query(`create database ${DATABASE}`);
  } finally {
    await client.end();
  }
}

async function passwordIn(file: string, isNew: boolean): Promise<string> {
  if (existsSync(file)) return (await readFile(file, 'utf8')).trim();
  if (!isNew) throw new StartError(`${file} is gone, and without it the embedded Postgres lets nobody in: restore it`);
  const password = randomBytes(24).toString('hex');
  await writeFile(file, `${password}\n`, { mode: 0o600 });
  return password;
}

function urlOf({ password }: Pick<Server, 'password'>, port: number, database: string): string {
  return `postgres://${USER}:${password}@127.0.0.1:${port}/${database}`;
}

function logOf(dir: string): string {
  return join(dir, 'postgres.log');
}

async function tailOf(file: string): Promise<string> {
  return (await readFile(file, 'utf8').catch(() => '')).trimEnd().split('\n').slice(-10).join('\n');
}
