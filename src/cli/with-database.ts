import { Config } from '../config/config.js';
import { findEmbeddedPostgres } from '../database/embedded/embedded-postgres.js';
import { lockDataDir } from '../server/data-dir.js';
import { openDatabase } from '../server/open-database.js';

/**
 * Runs `work` on the installation's database: the one that `DATABASE_URL` names, the one that a running server has
 * started, or else its own, which is started and stopped again.
 */
export async function withDatabase<T>(env: NodeJS.ProcessEnv, work: (url: string) => Promise<T>): Promise<T> {
  const config = Config.from(env);
  const running = config.databaseUrl ?? (await findEmbeddedPostgres(config.dataPath()));
  if (running) return work(running);
  const lock = await lockDataDir(config);
  try {
    const database = await openDatabase(config);
    return await work(database.url).finally(database.close);
  } finally {
    await lock.release();
  }
}
