import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Leader } from '../../src/database/leader.js';
import { ThresholdWatch } from '../../src/limits/threshold-watch.service.js';
import { startLimitGround, type LimitGround } from '../support/limit-ground.js';
import { startTestApp, type TestApp } from '../support/test-app.js';

const HOUR = 3_600_000;

interface Event {
  readonly percent: number;
  readonly subject: string | null;
  readonly settled: string;
  readonly limit: string;
  readonly windowStart: string;
}

describe('the thresholds of an allowance', () => {
  let ground: LimitGround;
  let sibling: TestApp;

  beforeAll(async () => {
    ground = await startLimitGround();
    sibling = await another();
    return async () => {
      await sibling.close();
      await ground.close();
    };
  });

  /** Another process of the same installation. */
  const another = async (): Promise<TestApp> => {
    const key = (await readFile(join(ground.config.dataDir, 'master.key'), 'utf8')).trim();
    return startTestApp({ database: ground.database, config: { WAGGLE_MASTER_KEY: key } });
  };
  const events = async (id: string): Promise<Event[]> => {
    const answer = await ground.owner('GET', `/admin/v1/allowances/${id}/events`);
    return ((await answer.json()) as { items: Event[] }).items;
  };
  const call = async (): Promise<number> => {
    const answer = await ground.chat();
    await answer.text();
    return answer.status;
  };
  const leaderOf = ({ app }: Pick<TestApp, 'app'>): Leader => app.get(Leader, { strict: false });
  /** Whoever leads looks, several times at once; who does not lead looks in vain. */
  const look = async (...apps: readonly Pick<TestApp, 'app'>[]): Promise<void> => {
    await vi.waitUntil(() => apps.some((each) => leaderOf(each).isLeader), { timeout: 15_000, interval: 20 });
    const watches = apps.map(({ app }) => app.get(ThresholdWatch, { strict: false }));
    await Promise.all([...watches, ...watches, ...watches].map((watch) => watch.look()));
  };

  it('are told once each, by whichever process looks, and by the next one after a restart', async () => {
    const id = await ground.allow({ name: 'told', metric: 'requests', window: 'day', limit: '2' });
    expect([await call(), await call()]).toEqual([200, 200]);
    await vi.waitFor(
      async () => {
        await look(ground, sibling);
        expect((await events(id)).map(({ percent }) => percent)).toEqual([100, 80, 50]);
      },
      { timeout: 10_000, interval: 100 },
    );
    expect((await events(id))[0]).toMatchObject({ subject: null, settled: '2', limit: '2' });
    const rows = () => ground.database.query(`select * from allowance_event where allowance_id = $1`, [id]);
    const told = await rows();

    const third = await another();
    await sibling.close();
    sibling = third;
    await look(ground, third);
    await look(ground, third);
    expect(await rows()).toEqual(told);
    await ground.lift(id);
  });

  it('are told again in the next window, and after a reset', async () => {
    const id = await ground.allow({ metric: 'requests', window: 'hour', limit: '1', thresholds: [100] });
    const start = new Date(Math.floor(Date.now() / HOUR) * HOUR - HOUR);
    await ground.database.query(
      `insert into allowance_event (allowance_id, epoch, subject, window_start, percent, settled, limit_amount)
       values ($1, 0, '', $2, 100, 1, 1)`,
      [id, start],
    );
    expect(await call()).toBe(200);
    await vi.waitFor(
      async () => {
        await look(ground, sibling);
        expect(await events(id)).toHaveLength(2);
      },
      { timeout: 10_000, interval: 100 },
    );
    expect((await ground.owner('POST', `/admin/v1/allowances/${id}/reset`)).status).toBe(200);
    await vi.waitFor(async () => expect(await call()).toBe(200), { timeout: 5000, interval: 100 });
    await vi.waitFor(
      async () => {
        await look(ground, sibling);
        expect(await events(id)).toHaveLength(3);
      },
      { timeout: 10_000, interval: 100 },
    );
    await ground.lift(id);
  });

  it('count against a limit that is raised, until the raise is over', async () => {
    const id = await ground.allow({ metric: 'requests', window: 'day', limit: '1', thresholds: [100] });
    const path = `/admin/v1/allowances/${id}`;
    const until = new Date(Date.now() + 4000);
    expect((await ground.owner('POST', `${path}/raise`, { by: '1000', until })).status).toBe(200);
    await vi.waitFor(async () => expect(await call()).toBe(200), { timeout: 3000, interval: 50 });
    expect(await call()).toBe(200);
    const raised = (await (await ground.owner('GET', path)).json()) as { raise: object };
    expect(raised.raise).toMatchObject({ by: '1000', until: until.toISOString() });
    await look(ground, sibling);
    expect(await events(id)).toEqual([]);

    await vi.waitFor(async () => expect(await call()).toBe(429), { timeout: 15_000, interval: 100 });
    expect(Date.now()).toBeGreaterThanOrEqual(until.getTime());
    expect(await (await ground.owner('GET', path)).json()).toMatchObject({ raise: null, limit: '1' });
    await vi.waitFor(
      async () => {
        await look(ground, sibling);
        expect((await events(id))[0]).toMatchObject({ percent: 100, limit: '1' });
      },
      { timeout: 10_000, interval: 100 },
    );
    const refused = await (await ground.owner('GET', `${path}/status`)).json();
    expect(refused).toMatchObject({ limit: '1', counters: [{ remaining: '0', reached: [100] }] });
    await ground.lift(id);
  });
});
