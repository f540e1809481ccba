import { rm } from 'node:fs/promises';
import { Agent, request as httpRequest } from 'node:http';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Pool } from 'pg';
import { newId } from '../../src/common/ids.js';
import { startEmbeddedPostgres, type EmbeddedPostgres } from '../../src/database/embedded/embedded-postgres.js';
import { migrate } from '../../src/database/migrate.js';
import { CountingUpstream } from '../support/counting-upstream.js';
import { temporaryDataDir } from '../support/data-dir.js';
import { MortalServers } from '../support/mortal-servers.js';
import { seedChat } from '../support/seed-chat.js';

const SERVERS = 3;
const KILL_EVERY_MS = 2000;
const DOLLAR_NANOS = 1_000_000_000;
const MINUTE = 60_000;
const CLIENT_PATIENCE_MS = 8000;

describe('limits over three servers, of which one is killed every other second', () => {
  let dir: string;
  let postgres: EmbeddedPostgres;
  let pool: Pool;
  let upstream: CountingUpstream;
  let token: string;
  let servers: MortalServers;

  beforeAll(async () => {
    dir = await temporaryDataDir('waggle-limits-');
    postgres = await startEmbeddedPostgres({ dir: join(dir, 'postgres'), isDurable: false });
    await migrate(postgres.url);
    pool = new Pool({ connectionString: postgres.url });
    pool.on('error', () => undefined);
    upstream = await CountingUpstream.start();
    token = await seedChat(query, upstream.url);
    await query(`update price set input = 0, output = 0, request = 1000`); // $0.001 a call
  });
  afterEach(async () => {
    await servers?.stop();
    await query(`delete from allowance`);
    await query(`truncate request, attempt`);
  });
  afterAll(async () => {
    upstream?.close();
    await pool?.end();
    await postgres?.stop();
    await rm(dir, { recursive: true, force: true });
  });

  it('spend a budget of $0.50 to 95 % at least, and never beyond', { timeout: 240_000 }, async () => {
    const id = await allow({ metric: 'money', window: 'total', limit: 0.5 * DOLLAR_NANOS });
    await startServers();
    const watch = new Watch(() => usedOf(id));
    // Long calls, so that a kill finds many of them under way.
    const load = new Load(servers, token, { callers: 400, body: () => chat(500 + Math.random() * 5000) });
    servers.killEvery(KILL_EVERY_MS);
    await vi.waitUntil(async () => servers.kills >= 8 && (await spent()) >= 0.475, { timeout: 200_000, interval: 500 });
    await servers.spare();
    await load.stop();
    await atRest(id, 0.5 * DOLLAR_NANOS);
    await watch.stop();

    expect(watch.looks).toBeGreaterThan(100);
    expect(watch.most).toBeLessThanOrEqual(0.5 * DOLLAR_NANOS);
    await agree(id);
    const ledger = await spent();
    expect(ledger).toBeLessThanOrEqual(0.5);
    expect(ledger).toBeGreaterThanOrEqual(0.475);
  });

  it(
    'let 600 requests a minute through, give or take 2 %, and as many tokens, and 10 at a time',
    { timeout: 240_000 },
    async () => {
      // An answer of the upstream has 15 tokens.
      const keyed = (user: string) => ({ scope: 'metadata', metadata_key: 'user', metadata_value: user });
      const minute = { window: 'minute' } as const;
      const ids = {
        rpm: await allow({ ...keyed('rpm'), ...minute, metric: 'requests', limit: 600 }),
        tpm: await allow({ ...keyed('tpm'), ...minute, metric: 'total_tokens', limit: 9000 }),
        slots: await allow({ ...keyed('slots'), window: null, metric: 'concurrency', limit: 10 }),
      };
      await startServers();
      const start = Math.ceil((Date.now() + 1000) / MINUTE) * MINUTE;
      await sleep(start - Date.now() - 500);
      const loads = ['rpm', 'tpm', 'slots'].map(
        (user) => new Load(servers, token, { callers: 12, body: () => ({ ...chat(100), user }) }),
      );
      servers.killEvery(KILL_EVERY_MS);
      await sleep(start + MINUTE + 1000 - Date.now()); // a whole minute is what is tested
      await servers.spare();
      for (const load of loads) await load.stop();
      await atRest(ids.slots, 0);

      const inMinute = await settledOf(ids.rpm, start);
      expect(inMinute).toBeLessThanOrEqual(600);
      expect(inMinute).toBeGreaterThanOrEqual(588);
      const tokens = await settledOf(ids.tpm, start);
      expect(tokens).toBeLessThanOrEqual(9000);
      expect(tokens).toBeGreaterThanOrEqual(8820);
      expect(upstream.most.get('slots')).toBeLessThanOrEqual(10);
      expect(upstream.most.get('slots')).toBeGreaterThanOrEqual(9);
    },
  );

  it('get back what a killed worker had, by its sibling in the same data directory', { timeout: 120_000 }, async () => {
    const limit = 0.05 * DOLLAR_NANOS;
    const id = await allow({ metric: 'money', window: 'total', limit });
    await startServers({ WAGGLE_WORKERS: '2' }, 1);
    const watch = new Watch(() => usedOf(id));
    const load = new Load(servers, token, { callers: 20, body: () => chat(500 + Math.random() * 2000) });
    const start = new Date(0);
    await vi.waitUntil(async () => (await workersSince(start)).count === 2, { timeout: 30_000, interval: 100 });
    for (let kills = 0; kills < 2; kills++) {
      const before = await workersSince(start);
      await servers.killWorker(0);
      // Without a worker the primary would give up its port, which is any free one here.
      await vi.waitUntil(async () => (await workersSince(before.at)).count > 0, { timeout: 30_000, interval: 100 });
    }
    await vi.waitUntil(async () => (await spent()) >= 0.0475, { timeout: 60_000, interval: 250 });
    await load.stop();
    await atRest(id, limit, 2);
    await watch.stop();
    expect(watch.most).toBeLessThanOrEqual(limit);
    await agree(id);
  });

  async function startServers(given: NodeJS.ProcessEnv = {}, count = SERVERS): Promise<void> {
    const env = {
      ...given,
      DATABASE_URL: postgres.url,
      UPSTREAM_KEY: 'any',
      WAGGLE_MASTER_KEY: '0'.repeat(64),
      WAGGLE_DEMO: '0',
      WAGGLE_LOG_LEVEL: 'warn',
      WAGGLE_DATABASE_POOL: '5',
    };
    servers = new MortalServers(dir, env);
    await servers.start(count);
  }

  async function query<Row extends object>(sql: string, parameters?: unknown[]): Promise<Row[]> {
    return (await pool.query<Row>(sql, parameters)).rows;
  }

  async function allow(given: { window: string | null; metric: string; limit: number; [field: string]: unknown }) {
    const { window, limit, ...rest } = given;
    const [tenant] = await query<{ id: string }>(`select id from tenant`);
    const row = { id: newId(), tenant_id: tenant!.id, name: newId(), scope: 'tenant', thresholds: [], ...rest };
    await query(`insert into allowance select * from jsonb_populate_record(null::allowance, $1)`, [
      {
        ...row,
        window_type: window,
        limit_amount: limit,
        is_hard: true,
        allows_unpriced: false,
        on_postgres_down: 'closed',
        time_zone: 'UTC',
        is_enabled: true,
        raised_by: 0,
        epoch: 0,
        version: 1,
        created_at: new Date(),
        updated_at: new Date(),
      },
    ]);
    return row.id;
  }

  /** Everything that anybody may have spent or may spend, at one moment. */
  async function usedOf(id: string): Promise<number> {
    const [row] = await query<{ used: string }>(
      `select coalesce(sum(c.settled + coalesce(l.used, 0)), 0) as used from allowance_counter c
       left join lateral (select sum(greatest(granted, settled + held)) as used from allowance_lease
         where counter_id = c.id) l on true
       where c.allowance_id = $1`,
      [id],
    );
    return Number(row!.used);
  }

  async function settledOf(id: string, start = 0): Promise<number> {
    const [row] = await query<{ settled: string }>(
      `select coalesce(sum(c.settled + coalesce(l.settled, 0)), 0) as settled from allowance_counter c
       left join lateral (select sum(settled) as settled from allowance_lease where counter_id = c.id) l on true
       where c.allowance_id = $1 and c.window_start = $2`,
      [id, new Date(start)],
    );
    return Number(row!.settled);
  }

  /** Nothing is held or leased any more; the dead have been settled. */
  async function atRest(id: string, limit: number, workers = SERVERS): Promise<void> {
    await vi.waitFor(
      async () => {
        const [row] = await query<{ held: string; workers: number }>(
          `select coalesce(sum(held), 0) as held, (select count(*)::int from allowance_worker) as workers
           from allowance_lease`,
        );
        expect(row).toEqual({ held: '0', workers });
        expect(await usedOf(id)).toBeLessThanOrEqual(limit);
      },
      { timeout: 30_000, interval: 250 },
    );
    await vi.waitUntil(async () => (await usedOf(id)) === (await settledOf(id)), { timeout: 15_000, interval: 250 });
  }

  /** The ledger says the same as the counters. A call is charged at once, and its row is stored a quarter of a second later. */
  async function agree(id: string): Promise<void> {
    await vi.waitFor(async () => expect(Math.round((await spent()) * DOLLAR_NANOS)).toBe(await settledOf(id)), {
      timeout: 10_000,
      interval: 100,
    });
  }

  /** How many workers have signed in since then, and what time it is. */
  async function workersSince(at: Date): Promise<{ count: number; at: Date }> {
    const [row] = await query<{ count: number; at: Date }>(
      `select count(*)::int as count, clock_timestamp() as at from allowance_worker where started_at > $1`,
      [at],
    );
    return row!;
  }

  /** What the ledger says was spent, in USD. */
  async function spent(): Promise<number> {
    const [row] = await query<{ usd: string }>(`select coalesce(sum(cost_picos), 0) / 1e12 as usd from request`);
    return Number(row!.usd);
  }
});

function chat(delayMs: number): object {
  return { model: 'chat', max_tokens: 10, messages: [{ role: 'user', content: String(Math.round(delayMs)) }] };
}

/** Looks again and again, and remembers the most it has seen. */
class Watch {
  most = 0;
  looks = 0;
  private isStopped = false;
  private readonly done: Promise<void>;

  constructor(look: () => Promise<number>) {
    this.done = (async () => {
      while (!this.isStopped) {
        this.most = Math.max(this.most, await look());
        this.looks += 1;
        await sleep(20);
      }
    })();
  }

  async stop(): Promise<void> {
    this.isStopped = true;
    await this.done;
  }
}

/** So many callers on each server, who come again when they were answered or refused, until told to stop. */
class Load {
  private isStopped = false;
  private readonly agent = new Agent({ keepAlive: true });
  private readonly callers: Promise<void>[];

  constructor(
    private readonly servers: MortalServers,
    private readonly token: string,
    private readonly options: { readonly callers: number; readonly body: () => object },
  ) {
    this.callers = Array.from({ length: options.callers * SERVERS }, (_, index) => this.call(index % SERVERS));
  }

  async stop(): Promise<void> {
    this.isStopped = true;
    await Promise.all(this.callers);
    this.agent.destroy();
  }

  private async call(server: number): Promise<void> {
    while (!this.isStopped) {
      const url = this.servers.urlOf(server);
      const status = url === undefined ? undefined : await this.post(url).catch(() => undefined);
      await sleep(status === 200 ? 0 : 100 + Math.random() * 200); // refused, or the server is gone
    }
  }

  private post(url: string): Promise<number> {
    const headers = { authorization: `Bearer ${this.token}`, 'content-type': 'application/json' };
    return new Promise((resolve, reject) => {
      const sent = httpRequest(
        `${url}/v1/chat/completions`,
        { method: 'POST', headers, agent: this.agent },
        (answer) => {
          answer
            .once('end', () => resolve(answer.statusCode ?? 0))
            .once('error', reject)
            .resume();
        },
      );
      sent.setTimeout(CLIENT_PATIENCE_MS, () => sent.destroy()); // it may wait for a worker that is gone
      sent.once('error', reject).end(JSON.stringify(this.options.body()));
    });
  }
}
