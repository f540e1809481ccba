import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Pool } from 'pg';
import { startEmbeddedPostgres, type EmbeddedPostgres } from '../../src/database/embedded/embedded-postgres.js';
import { temporaryDataDir } from '../support/data-dir.js';
import { startServerProcess, type ServerProcess } from '../support/server-process.js';
import { insertTokens, type InsertedToken } from '../support/tokens.js';

const TRIES = 1000;
const AT_ONCE = 8;
const WITHIN_MS = 1000;
const ADMIN_KEY = 'admin-key-of-the-revocation-test-0123456789';

/** Two processes with a port of their own stand for two workers or two replicas: Postgres is all that any of them share. */
describe('a token that is revoked while two processes use it', () => {
  let dir: string;
  let postgres: EmbeddedPostgres;
  let pool: Pool;
  let urls: string[];
  let tokens: InsertedToken[];
  const servers: ServerProcess[] = [];

  beforeAll(async () => {
    dir = await temporaryDataDir('waggle-revocation-');
    postgres = await startEmbeddedPostgres({ dir: join(dir, 'postgres'), isDurable: false });
    pool = new Pool({ connectionString: postgres.url });
    const first = await start('first');
    const { rows } = await pool.query<{ projectId: string; tenantId: string }>(
      `select id as "projectId", tenant_id as "tenantId" from project`,
    );
    const query = async <Row extends object>(sql: string, parameters?: unknown[]) =>
      (await pool.query<Row>(sql, parameters)).rows;
    tokens = await insertTokens({ query }, rows[0]!, TRIES);
    await pool.query('update config_revision set revision = revision + 1'); // a gap: everything is read
    urls = [first, await start('second')];
    await vi.waitFor(async () => expect(await statuses(tokens[0]!)).toEqual([200, 200]), 10_000);
  }, 120_000);
  afterAll(async () => {
    for (const server of servers) server.child.kill('SIGTERM');
    await Promise.all(servers.map(({ ended }) => ended));
    await pool?.end();
    await postgres?.stop();
    await rm(dir, { recursive: true, force: true });
  });

  const start = async (name: string): Promise<string> => {
    const server = startServerProcess({
      dataDir: join(dir, name),
      env: {
        DATABASE_URL: postgres.url,
        WAGGLE_MASTER_KEY: '0'.repeat(64),
        WAGGLE_BOOTSTRAP_ADMIN_KEY: ADMIN_KEY,
        WAGGLE_DEMO: '0',
      },
    });
    servers.push(server);
    return server.ready;
  };
  const send = async (method: string, path: string, body: object = {}): Promise<number> => {
    const headers = { authorization: `Bearer ${ADMIN_KEY}`, 'content-type': 'application/json' };
    const response = await fetch(`${urls[0]}/admin/v1${path}`, { method, headers, body: JSON.stringify(body) });
    await response.arrayBuffer();
    return response.status;
  };
  const use = async (url: string, { text }: InsertedToken): Promise<number> => {
    const response = await fetch(`${url}/v1/models`, { headers: { authorization: `Bearer ${text}` } });
    await response.arrayBuffer();
    return response.status;
  };
  const statuses = (token: InsertedToken) => Promise.all(urls.map((url) => use(url, token)));

  /** Milliseconds from the revocation's answer until the process refuses the token. */
  const refusedAfter = async (url: string, token: InsertedToken, revokedAt: number): Promise<number> => {
    while ((await use(url, token)) !== 401 && performance.now() - revokedAt < 10 * WITHIN_MS) await sleep(2);
    return performance.now() - revokedAt;
  };

  const revokeInUse = async (token: InsertedToken): Promise<number> => {
    expect(await statuses(token)).toEqual([200, 200]);
    const path = `/tokens/${token.id}`;
    // Changes of the same token, one before and one against the revocation: neither may bring it back.
    const before = send('PATCH', path, { metadata: { step: 'before' } });
    const revoked = send('POST', `${path}/revoke`).then((status) => ({ status, at: performance.now() }));
    const against = send('PATCH', path, { isEnabled: true, metadata: { step: 'against' } });
    const { status, at } = await revoked;
    expect(status).toBe(200);
    const waits = await Promise.all(urls.map((url) => refusedAfter(url, token, at)));
    for (const answer of [await before, await against]) expect([200, 409]).toContain(answer);
    expect(await statuses(token)).toEqual([401, 401]);
    return Math.max(...waits);
  };

  it(`is refused by both within ${WITHIN_MS} ms, ${TRIES} times, and never comes back`, async () => {
    const waits: number[] = [];
    const queue = tokens.values();
    const workers = Array.from({ length: AT_ONCE }, async () => {
      for (const token of queue) waits.push(await revokeInUse(token));
    });
    await Promise.all(workers);
    expect(waits).toHaveLength(TRIES);
    expect(Math.max(...waits)).toBeLessThanOrEqual(WITHIN_MS);
    for (const token of tokens) expect(await statuses(token)).toEqual([401, 401]);
  }, 300_000);
});
