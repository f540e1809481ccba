import { join } from 'node:path';
import { Client } from 'pg';
import { DataSource } from 'typeorm';
import { StartError } from '../common/errors/start-error.js';
import { MIGRATION_LOCK } from './advisory-locks.js';

const OLDEST_SERVER = 150_000;
/** Plain TypeScript, run by Node itself; the same two folders up from `src/database` and from `dist/database`. */
const MIGRATIONS = join(import.meta.dirname, '../../migrations/[0-9]*-*.ts');

/** The database can't be used by this build; the message says why and what to do. */
export class SchemaError extends StartError {
  override readonly name = 'SchemaError';
}

/** What this build knows and what the database has, oldest first. */
export interface MigrationStatus {
  readonly applied: readonly string[];
  readonly pending: readonly string[];
  /** Applied by a newer build, or by another program. */
  readonly unknown: readonly string[];
}

/**
 * Brings the database to this build's schema and returns the names of what was applied. One at a time over all
 * processes. Throws `SchemaError` when the database has migrations that this build lacks.
 */
export async function migrate(databaseUrl: string): Promise<readonly string[]> {
  return withLock(databaseUrl, async () =>
    withMigrations(databaseUrl, async (source) => {
      const { unknown } = await statusOf(source);
      if (unknown.length > 0) throw new SchemaError(unknownSchema(unknown));
      const done = await source.runMigrations({ transaction: 'each' });
      return done.map(({ name }) => name);
    }),
  );
}

/** Compares the database with this build, and changes nothing. */
export async function migrationStatus(databaseUrl: string): Promise<MigrationStatus> {
  return withMigrations(databaseUrl, statusOf);
}

/** Takes back the latest migrations, newest first. For tests of `down`: a release only ever goes up. */
export async function revertMigrations(databaseUrl: string, count: number): Promise<void> {
  await withMigrations(databaseUrl, async (source) => {
    for (let step = 0; step < count; step++) await source.undoLastMigration({ transaction: 'each' });
  });
}

async function statusOf(source: DataSource): Promise<MigrationStatus> {
  const known = source.migrations.map(({ name, constructor }) => name ?? constructor.name).sort(byTimestamp);
  const [{ exists }] = await source.query<[{ exists: boolean }]>(
    `select to_regclass('schema_migration') is not null as exists`,
  );
  const rows = exists ? await source.query<{ name: string }[]>('select name from schema_migration order by id') : [];
  const applied = rows.map(({ name }) => name);
  return {
    applied,
    pending: known.filter((name) => !applied.includes(name)),
    unknown: applied.filter((name) => !known.includes(name)),
  };
}

async function withMigrations<T>(url: string, work: (source: DataSource) => Promise<T>): Promise<T> {
  const source = new DataSource({
    type: 'postgres',
    url,
    applicationName: 'waggle migrate',
    poolSize: 2,
    connectTimeoutMS: 5000,
    installExtensions: false,
    migrations: [MIGRATIONS],
    migrationsTableName: 'schema_migration',
  });
  await source.initialize();
  try {
    return await work(source);
  } finally {
    await source.destroy();
  }
}

/** The lock lives in a session of its own, so that it holds over the transactions of all migrations. */
async function withLock<T>(url: string, work: () => Promise<T>): Promise<T> {
  const client = new Client({
    connectionString: url,
    application_name: 'waggle migrate',
    connectionTimeoutMillis: 5000,
  });
  await client.connect();
  try {
    await refuseOldServer(client);
    await client.query('select pg_advisory_lock($1)', [MIGRATION_LOCK]);
    return await work();
  } finally {
    await client.end();
  }
}

async function refuseOldServer(client: Client): Promise<void> {
  const { rows } = await client.query<{ number: number; text: string }>(
    `select current_setting('server_version_num')::int as number, current_setting('server_version') as text`,
  );
  const [version] = rows;
  if (version && version.number < OLDEST_SERVER) {
    throw new SchemaError(`Postgres ${version.text} is too old: Waggle needs 15 or later`);
  }
}

function unknownSchema(unknown: readonly string[]): string {
  return [
    `The database has migrations that this build of Waggle does not know: ${unknown.join(', ')}.`,
    'A newer build has used it. Start that build, or restore the backup made before the upgrade.',
  ].join(' ');
}

function byTimestamp(left: string, right: string): number {
  return Number(left.slice(-13)) - Number(right.slice(-13));
}
