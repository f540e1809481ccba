import { join } from 'node:path';
import { Client } from 'pg';

interface EmbeddedModule {
  findEmbeddedPostgres(dir: string): Promise<string | undefined>;
}

/** Runs `work` on the Postgres that a running gateway has in its data directory. */
export async function withDatabase<T>(dataDir: string, work: (client: Client) => Promise<T>): Promise<T> {
  const path = join(import.meta.dirname, '..', 'dist', 'database', 'embedded', 'embedded-postgres.js');
  const { findEmbeddedPostgres } = (await import(path)) as EmbeddedModule;
  const connectionString = await findEmbeddedPostgres(dataDir);
  if (!connectionString) throw new Error(`No Postgres runs in ${dataDir}`);
  const client = new Client({ connectionString });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
