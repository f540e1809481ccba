import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Pool } from 'pg';
import { startEmbeddedPostgres, type EmbeddedPostgres } from '../../src/database/embedded/embedded-postgres.js';
import { migrate } from '../../src/database/migrate.js';
import { startSimulator, type Simulator } from '../../src/simulator/simulator.js';
import { temporaryDataDir } from '../support/data-dir.js';
import { freshAccount } from '../support/fresh-account.js';
import { seedChat } from '../support/seed-chat.js';
import { startServerProcess, type ServerProcess } from '../support/server-process.js';

describe('calls with an Idempotency-Key, over two servers', () => {
  let dir: string;
  let postgres: EmbeddedPostgres;
  let pool: Pool;
  let simulator: Simulator;
  let token: string;
  let servers: ServerProcess[];

  beforeAll(async () => {
    dir = await temporaryDataDir('waggle-keyed-');
    postgres = await startEmbeddedPostgres({ dir: join(dir, 'postgres'), isDurable: false });
    await migrate(postgres.url);
    pool = new Pool({ connectionString: postgres.url });
    pool.on('error', () => undefined);
    simulator = await startSimulator();
    token = await seedChat(async (sql, parameters) => (await pool.query(sql, parameters)).rows, `${simulator.url}/v1`);
    const env = {
      DATABASE_URL: postgres.url,
      UPSTREAM_KEY: 'any',
      WAGGLE_MASTER_KEY: randomBytes(32).toString('hex'),
      WAGGLE_DEMO: '0',
      WAGGLE_LOG_LEVEL: 'warn',
    };
    servers = ['a', 'b'].map((name) => startServerProcess({ dataDir: join(dir, name), env }));
    await Promise.all(servers.map(({ ready }) => ready));
  });
  beforeEach(() => freshAccount(simulator.stats));
  afterAll(async () => {
    for (const { child, ended } of servers ?? []) {
      child.kill('SIGTERM');
      await ended;
    }
    await pool?.end();
    await simulator?.close();
    await postgres?.stop();
    await rm(dir, { recursive: true, force: true });
  });

  it('are made once, a hundred at a time', async () => {
    const answers = await Promise.all(Array.from({ length: 100 }, (_, index) => chat(index % 2, 'hundred', 300)));
    expect(new Set(answers.map(({ status, text }) => `${status} ${text}`)).size).toBe(1);
    expect(answers[0]!.status).toBe(200);
    expect(simulator.stats.totals().calls).toBe(1);
  });

  it('are made again by one that waits when the process of the first is killed', async () => {
    const first = chat(0, 'killed', 3000).catch(() => 'broken');
    await vi.waitUntil(() => simulator.stats.totals().open === 1, { timeout: 10_000 });
    const others = Promise.all([chat(1, 'killed', 3000), chat(1, 'killed', 3000)]);
    servers[0]!.child.kill('SIGKILL');
    expect(await first).toBe('broken');
    const [one, other] = await others;
    expect([one.status, other.text]).toEqual([200, one.text]);
    expect(simulator.stats.totals()).toMatchObject({ calls: 2, clientLeft: 1, complete: 1 });
  });

  async function chat(at: number, key: string, delayMs: number): Promise<{ status: number; text: string }> {
    const content = `hello [[simulate delayMs=${delayMs}]]`;
    const answer = await fetch(`${await servers[at]!.ready}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', 'idempotency-key': key },
      body: JSON.stringify({ model: 'chat', messages: [{ role: 'user', content }] }),
    });
    return { status: answer.status, text: await answer.text() };
  }
});
