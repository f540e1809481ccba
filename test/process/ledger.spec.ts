import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Pool } from 'pg';
import { startEmbeddedPostgres, type EmbeddedPostgres } from '../../src/database/embedded/embedded-postgres.js';
import { migrate } from '../../src/database/migrate.js';
import { startSimulator, type Simulator } from '../../src/simulator/simulator.js';
import { temporaryDataDir } from '../support/data-dir.js';
import { seedChat } from '../support/seed-chat.js';
import { startServerProcess, type ServerProcess } from '../support/server-process.js';
import { TcpSwitch } from '../support/tcp-switch.js';

const CALLERS = 16;
const OUTAGE_MS = 20_000;

/** What is in the ledger of a request, and in the sums. */
interface Books {
  readonly requests: number;
  readonly attempts: number;
  readonly summedRequests: number;
  readonly summedAttempts: number;
}

describe('the ledger of a server under load', () => {
  let dir: string;
  let postgres: EmbeddedPostgres;
  let line: TcpSwitch;
  let pool: Pool;
  let simulator: Simulator;
  let token: string;
  const started: ServerProcess[] = [];

  beforeAll(async () => {
    dir = await temporaryDataDir('waggle-ledger-');
    postgres = await startEmbeddedPostgres({ dir: join(dir, 'postgres'), isDurable: false });
    await migrate(postgres.url);
    pool = new Pool({ connectionString: postgres.url });
    pool.on('error', () => undefined); // it may hear of the end of Postgres
    line = await TcpSwitch.to(postgres.url);
    simulator = await startSimulator();
    token = await seedChat(query, `${simulator.url}/v1`);
  });
  afterEach(async () => {
    for (const server of started.splice(0)) {
      server.child.kill('SIGTERM');
      await server.ended;
    }
    await pool.query('truncate request, attempt, usage_rollup, usage_rollup_day, usage_latency, usage_latency_day');
    simulator.stats.reset();
  });
  afterAll(async () => {
    await pool?.end();
    await line?.cut();
    await simulator?.close();
    await postgres?.stop();
    await rm(dir, { recursive: true, force: true });
  });

  it.each(['1', '2'])('has each answered request once after kill -9 and a restart (%s workers)', async (workers) => {
    const server = start(workers);
    const load = new Load(await server.ready, token);
    await load.answers(300);
    server.signalGroup('SIGKILL');
    await server.ended;
    await load.stop();

    await start(workers).ready;
    const missing = async (): Promise<number> => load.answered.size - (await storedOf(load.answered));
    await vi.waitFor(async () => expect(await missing()).toBe(0), { timeout: 60_000, interval: 250 });
    await vi.waitFor(async () => expectEqualSums(await books()), { timeout: 10_000, interval: 250 });
  });

  it(`serves on while Postgres is away for ${OUTAGE_MS / 1000} s, and loses nothing`, async () => {
    const server = start('1');
    const load = new Load(await server.ready, token);
    await load.answers(100);
    await line.cut();
    const before = load.answered.size;
    await sleep(OUTAGE_MS); // the outage's length is what is tested
    expect(load.answered.size).toBeGreaterThan(before + 100);
    await line.mend();
    await load.stop();
    expect(load.failures).toEqual([]);

    const upstreamCalls = simulator.stats.totals().calls;
    await vi.waitFor(async () => expect((await books()).requests).toBe(load.answered.size), {
      timeout: 60_000,
      interval: 250,
    });
    expect(await storedOf(load.answered)).toBe(load.answered.size);
    const found = await books();
    expect(found.attempts).toBe(upstreamCalls);
    expectEqualSums(found);
  });

  it('has everything in the ledger once it ended on SIGTERM', async () => {
    const server = start('1');
    const load = new Load(await server.ready, token);
    await load.answers(200);
    server.child.kill('SIGTERM');
    await server.ended;
    await load.stop();
    expect(await storedOf(load.answered)).toBe(load.answered.size);
    expectEqualSums(await books());
  });

  function start(workers: string): ServerProcess {
    const env = {
      DATABASE_URL: line.url,
      UPSTREAM_KEY: 'any',
      WAGGLE_WORKERS: workers,
      WAGGLE_DEMO: '0',
      WAGGLE_LOG_LEVEL: 'warn',
    };
    const server = startServerProcess({ dataDir: join(dir, 'data'), env });
    started.push(server);
    return server;
  }

  async function query<Row extends object>(sql: string, parameters?: unknown[]): Promise<Row[]> {
    return (await pool.query<Row>(sql, parameters)).rows;
  }

  async function storedOf(ids: ReadonlySet<string>): Promise<number> {
    const [row] = await query<{ count: number }>(
      `select count(*)::int as count from request where id = any($1::uuid[])`,
      [[...ids]],
    );
    return row!.count;
  }

  async function books(): Promise<Books> {
    const [row] = await query<Books>(`
      select (select count(*)::int from request) as requests, (select count(*)::int from attempt) as attempts,
        coalesce(sum(requests), 0)::int as "summedRequests", coalesce(sum(attempts), 0)::int as "summedAttempts"
      from usage_rollup`);
    return row!;
  }
});

function expectEqualSums({ requests, attempts, summedRequests, summedAttempts }: Books): void {
  expect({ requests: summedRequests, attempts: summedAttempts }).toEqual({ requests, attempts });
}

/** Callers that ask again as soon as they were answered, half of them for a stream, until told to stop. */
class Load {
  /** The ids of the requests whose answers came to their end. */
  readonly answered = new Set<string>();
  readonly failures: string[] = [];
  private isStopped = false;
  private readonly callers: Promise<void>[];

  constructor(
    private readonly url: string,
    private readonly token: string,
  ) {
    this.callers = Array.from({ length: CALLERS }, (_, index) => this.call(index % 2 === 0));
  }

  /** Resolves once so many were answered; throws when one failed. */
  async answers(count: number): Promise<void> {
    await vi.waitUntil(() => this.answered.size > count || this.failures.length > 0, { timeout: 30_000 });
    expect(this.failures).toEqual([]);
  }

  async stop(): Promise<void> {
    this.isStopped = true;
    await Promise.all(this.callers);
  }

  private async call(stream: boolean): Promise<void> {
    const body = JSON.stringify({ model: 'chat', stream, messages: [{ role: 'user', content: 'hello' }] });
    const headers = { authorization: `Bearer ${this.token}`, 'content-type': 'application/json' };
    while (!this.isStopped) {
      try {
        const answer = await fetch(`${this.url}/v1/chat/completions`, { method: 'POST', headers, body });
        const text = await answer.text();
        if (answer.status === 200) this.answered.add(uuidIn(answer.headers.get('x-request-id')));
        else this.failures.push(`${answer.status} ${text}`);
      } catch (error) {
        this.failures.push(String(error)); // the server is gone
        return;
      }
      await sleep(10); // both cores belong to the server and Postgres as well
    }
  }
}

/** `req_` and the id without its dashes; Postgres reads it either way. */
function uuidIn(requestId: string | null): string {
  return (requestId ?? '').replace(/^req_/, '').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}
