import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Client } from 'pg';
import { StartError } from '../../common/errors/start-error.js';
import { initialise } from './initialise.js';
import { clusterDirOf, place } from './placement.js';
import { findPostmaster, isAlive, stopPostmaster, type Postmaster } from './postmaster.js';
import { run, urlOf, USER, type Server } from './server.js';

const DATABASE = 'waggle';
const WATCH_MS = 500;

export interface EmbeddedOptions {
  /** The folder to keep everything in; made when it is missing. */
  readonly dir: string;
  readonly maxConnections?: number;
  /** False gives up safety for speed: a crash of the machine loses the data. For tests. */
  readonly isDurable?: boolean;
  /** The port to listen on; any free one unless given. */
  readonly port?: number;
  /** Hears of each step that takes a while. */
  readonly onProgress?: (step: string) => void;
  /** Given, the server is started again, on the same port, whenever it ends by itself; hears what happens. */
  readonly onLost?: (what: string) => void;
}

/** A Postgres of our own. It outlives this process unless stopped; the next start with the same folder adopts it. */
export interface EmbeddedPostgres {
  readonly url: string;
  /** Flushes, ends the server and waits until it is gone. */
  stop(): Promise<void>;
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
  const server = { dir, placement, password, flags: flagsOf(options), port: options.port };
  const postmaster = await run(server, onProgress);
  await createDatabase(urlOf(server, postmaster.port, 'postgres')).catch(async (error) => {
    await stopPostmaster(postmaster.pid);
    throw error;
  });
  const watch = new Watch({ ...server, port: postmaster.port }, postmaster, options.onLost);
  return { url: urlOf(server, postmaster.port, DATABASE), stop: () => watch.stop() };
}

/** Looks after a running server: starts it again when it ends by itself, and ends it when told to. */
class Watch {
  private readonly timer: NodeJS.Timeout | undefined;
  private restart: Promise<unknown> = Promise.resolve();
  private isRestarting = false;

  constructor(
    private readonly server: Server,
    private postmaster: Postmaster,
    private readonly onLost?: (what: string) => void,
  ) {
    if (onLost) this.timer = setInterval(() => this.look(), WATCH_MS).unref();
  }

  async stop(): Promise<void> {
    clearInterval(this.timer);
    await this.restart;
    await stopPostmaster(this.postmaster.pid);
  }

  private look(): void {
    if (this.isRestarting || isAlive(this.postmaster.pid)) return;
    this.isRestarting = true;
    this.onLost?.('Postgres has ended by itself; starting it again');
    this.restart = run(this.server, () => undefined)
      .then((postmaster) => (this.postmaster = postmaster))
      .catch((error: unknown) => this.onLost?.(String(error)))
      .finally(() => (this.isRestarting = false));
  }
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
