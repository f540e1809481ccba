import type { NestExpressApplication } from '@nestjs/platform-express';
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { inject } from 'vitest';
import { createApp } from '../../src/app.js';
import { Config } from '../../src/config/config.js';
import { createTestDatabase, type TestDatabase } from './test-database.js';

/** What a test may set: environment variables, as an operator would. */
export interface TestAppOptions {
  /** Over the defaults: a database and a data directory of its own, any free port, no demo. */
  readonly config?: NodeJS.ProcessEnv;
  /** An existing database, for a second app on the same one; it is not dropped at the end. */
  readonly database?: TestDatabase;
}

/** The real app on a real database, listening. */
export interface TestApp {
  readonly app: NestExpressApplication;
  readonly url: string;
  readonly config: Config;
  readonly database: TestDatabase;
  /** Sends a body as JSON; a text is sent as it is. Headers in `init` add to the content type. */
  send(method: string, path: string, body?: unknown, init?: RequestInit): Promise<Response>;
  /** Stops the app and removes its database and its data directory. */
  close(): Promise<void>;
}

/** Starts the app as the server does, on a free port. Close it in `afterAll`. */
export async function startTestApp(options: TestAppOptions = {}): Promise<TestApp> {
  const database = options.database ?? (await createTestDatabase());
  const dataDir = await mkdtemp(join(inject('runDir'), 'app-'));
  const config = Config.from({
    DATABASE_URL: database.url,
    WAGGLE_DATA_DIR: dataDir,
    WAGGLE_PORT: '0',
    WAGGLE_DATABASE_POOL: '5',
    WAGGLE_DEMO: '0',
    WAGGLE_HEALTH_PROBE_SECONDS: '0',
    WAGGLE_LOG_LEVEL: 'warn',
    ...options.config,
  });
  const app = await createApp(config);
  await app.listen(config.port, config.host).catch(async (error: unknown) => {
    await app.close();
    throw error;
  });
  const url = await app.getUrl();
  return {
    app,
    url,
    config,
    database,
    send: (method, path, body, init) => fetch(url + path, { method, ...init, ...encoded(body, init?.headers) }),
    close: async () => {
      await app.close();
      if (!options.database) await database.drop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

function encoded(body: unknown, given: RequestInit['headers'] = {}): RequestInit {
  const headers = new Headers(given);
  if (body === undefined) return { headers };
  if (!headers.has('content-type')) headers.set('content-type', 'application/json');
  return { headers, body: typeof body === 'string' ? body : JSON.stringify(body) };
}
