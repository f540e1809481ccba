import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { Client } from 'pg';
import type { TestProject } from 'vitest/node';
import { startEmbeddedPostgres } from '../../src/database/embedded/embedded-postgres.js';
import { migrate } from '../../src/database/migrate.js';
import { temporaryDataDir } from './data-dir.js';

declare module 'vitest' {
  interface ProvidedContext {
    /** The server's address, with a database to connect to when creating and dropping others. */
    serverUrl: string;
    /** The name of the migrated database that each spec file's own is copied from. */
    templateDatabase: string;
    /** A folder for whatever a test keeps on disk; removed after the run. */
    runDir: string;
  }
}

/** One Postgres for the whole run, and one migrated database. `TEST_DATABASE_URL` names another server to use. */
export default async function setup({ provide }: TestProject): Promise<() => Promise<void>> {
  const runDir = await temporaryDataDir('waggle-test-');
  const given = process.env.TEST_DATABASE_URL;
  const server = given
    ? { url: given, stop: async () => {} }
    : await startEmbeddedPostgres({ dir: runDir, maxConnections: 300, isDurable: false });
  const template = `waggle_template_${randomUUID().slice(0, 8)}`;
  await execute(server.url, `create database ${template}`);
  await migrate(Object.assign(new URL(server.url), { pathname: `/${template}` }).href);
  provide('serverUrl', server.url);
  provide('templateDatabase', template);
  provide('runDir', runDir);
  return async () => {
    if (given) await execute(given, `drop database ${template} with (force)`);
    await server.stop();
    await rm(runDir, { recursive: true });
  };
}

async function execute(url: string, sql: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  await client.query(sql).finally(() => client.end());
}
