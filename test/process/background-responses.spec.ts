import OpenAI from 'openai';
import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Pool } from 'pg';
import { newId } from '../../src/common/ids.js';
import { startEmbeddedPostgres, type EmbeddedPostgres } from '../../src/database/embedded/embedded-postgres.js';
import { migrate } from '../../src/database/migrate.js';
import { startSimulator, type Simulator } from '../../src/simulator/simulator.js';
import { temporaryDataDir } from '../support/data-dir.js';
import { seedChat } from '../support/seed-chat.js';
import { startServerProcess, type ServerProcess } from '../support/server-process.js';

const LIMIT = 1000;
const MOST = 100;
const USED = 20;
const PATIENCE = { timeout: 60_000, interval: 100 };

describe('responses in the background, over two servers of which one is killed', () => {
  let dir: string;
  let postgres: EmbeddedPostgres;
  let pool: Pool;
  let simulator: Simulator;
  let token: string;
  let env: NodeJS.ProcessEnv;
  const servers: ServerProcess[] = [];

  beforeAll(async () => {
    dir = await temporaryDataDir('waggle-background-');
    postgres = await startEmbeddedPostgres({ dir: join(dir, 'postgres'), isDurable: false });
    await migrate(postgres.url);
    pool = new Pool({ connectionString: postgres.url });
    pool.on('error', () => undefined);
    simulator = await startSimulator();
    token = await seedChat(async (sql, parameters) => (await pool.query(sql, parameters)).rows, `${simulator.url}/v1`);
    await pool.query(
      `insert into allowance (id, tenant_id, name, scope, metric, window_type, limit_amount, thresholds, is_hard, on_postgres_down)
       select $1, id, 'all', 'tenant', 'output_tokens', 'total', $2, '{}', true, 'closed' from tenant`,
      [newId(), LIMIT],
    );
    env = {
      DATABASE_URL: postgres.url,
      UPSTREAM_KEY: 'any',
      WAGGLE_MASTER_KEY: randomBytes(32).toString('hex'),
      WAGGLE_DEMO: '0',
      WAGGLE_LOG_LEVEL: 'warn',
    };
    for (const name of ['a', 'b']) servers.push(startServerProcess({ dataDir: join(dir, name), env }));
    await Promise.all(servers.map(({ ready }) => ready));
  });
  afterAll(async () => {
    for (const { child, ended } of servers) {
      child.kill('SIGTERM');
      await ended;
    }
    await pool?.end();
    await simulator?.close();
    await postgres?.stop();
    await rm(dir, { recursive: true, force: true });
  });

  const clientOf = async (at: number) =>
    new OpenAI({ baseURL: `${await servers[at]!.ready}/v1`, apiKey: token, maxRetries: 0 });
  const begin = async (at: number, polls: number) => {
    const openai = await clientOf(at);
    const input = `[[simulate tokens=${USED}&polls=${polls}]] Think.`;
    return openai.responses.create({ model: 'chat', input, max_output_tokens: MOST, background: true });
  };
  const numbers = async (sql: string): Promise<Record<string, number>> => {
    const { rows } = await pool.query<Record<string, string>>(sql);
    return Object.fromEntries(Object.entries(rows[0]!).map(([name, value]) => [name, Number(value)]));
  };
  /** What a limit is kept by, over all workers. */
  const used = () =>
    numbers(`select coalesce(sum(c.settled), 0) + coalesce(sum(lent.used), 0) as used
      from allowance_counter c cross join lateral (
        select sum(settled) as used from allowance_lease where counter_id = c.id) lent`);

  it('are held, settled and in the ledger once each, whoever made them and whoever dies', async () => {
    const made = await Promise.all([begin(0, 1_000_000), begin(0, 1), begin(1, 1), begin(0, 2)]);
    servers[0]!.child.kill('SIGKILL'); // with what it has in its journal still
    await servers[0]!.ended;
    servers[0] = startServerProcess({ dataDir: join(dir, 'a'), env });
    await servers[0].ready;

    const done = `select count(*) as n from request where background_state = 'completed'`;
    await vi.waitFor(async () => expect(await numbers(done)).toEqual({ n: 3 }), PATIENCE);
    await vi.waitFor(async () => expect(await used()).toEqual({ used: 3 * USED + MOST }), PATIENCE);
    const other = await clientOf(1);
    expect(await other.responses.retrieve(made[0]!.id)).toMatchObject({ status: 'in_progress' });
    expect(await other.responses.cancel(made[0]!.id)).toMatchObject({ status: 'cancelled' });
    await vi.waitFor(async () => expect(await used()).toEqual({ used: 3 * USED }), PATIENCE);

    expect(await numbers(`select count(*) as n from pending_response`)).toEqual({ n: 0 });
    const rows = `select count(*) as n, sum(output_tokens) as tokens from attempt where kind = 'background'`;
    expect(await numbers(rows)).toEqual({ n: 4, tokens: 3 * USED });
    const sums = `select sum(output_tokens) as tokens from usage_rollup`;
    expect(await numbers(sums)).toEqual({ tokens: 3 * USED });
  });
});
