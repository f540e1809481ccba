import { StartError } from '../common/errors/start-error.js';
import type { Config } from '../config/config.js';
import { startEmbeddedPostgres } from '../database/embedded/embedded-postgres.js';
import { migrate } from '../database/migrate.js';

const CONNECTION_ERRORS = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  '28P01',
  '3D000',
]);
/** For what a worker opens beside its pool: the change feed, a leader's lock. */
const CONNECTIONS_BESIDE_POOL = 4;

/** The database of this installation. */
export interface OpenDatabase {
  readonly url: string;
  /** Stops the embedded Postgres; leaves one that was given alone. */
  close(): Promise<void>;
}

/** What the one who opens the database wants to hear. */
interface Listeners {
  readonly onProgress?: (step: string) => void;
  /** Given, an embedded Postgres that ends by itself is started again. */
  readonly onLost?: (what: string) => void;
}

/** Finds the database: the one that `DATABASE_URL` names, or else our own, which is started. */
export async function openDatabase(config: Config, listeners: Listeners = {}): Promise<OpenDatabase> {
  if (config.databaseUrl) return { url: config.databaseUrl, close: async () => {} };
  const maxConnections = Math.max(100, config.workers * (config.databasePool + CONNECTIONS_BESIDE_POOL) + 20);
  const { url, stop } = await startEmbeddedPostgres({ dir: config.dataPath(), maxConnections, ...listeners });
  return { url, close: stop };
}

/** Brings the schema up to date. A server that can't be reached, or refuses us, becomes a `StartError`. */
export async function migrateDatabase(url: string, onProgress: (step: string) => void): Promise<void> {
  try {
    const applied = await migrate(url);
    if (applied.length > 0) onProgress(`Applied ${applied.length} migrations`);
  } catch (error) {
    const { code = '', message } = error as NodeJS.ErrnoException;
    if (!CONNECTION_ERRORS.has(code)) throw error;
    const { host, pathname } = new URL(url);
    throw new StartError(`Postgres can't be used (${host}${pathname}, from DATABASE_URL): ${message || code}`);
  }
}
