import { LeaseKeeper } from '../../src/limits/lease-keeper.service.js';
import { startLimitGround, type LimitGround } from '../support/limit-ground.js';
import { TcpSwitch } from '../support/tcp-switch.js';

describe('allowances while Postgres is away', () => {
  let ground: LimitGround;
  let line: TcpSwitch;

  beforeAll(async () => {
    ground = await startLimitGround(async (url) => {
      line = await TcpSwitch.to(url);
      return line.url;
    });
    return async () => {
      await ground.close();
      await line.cut();
    };
  });

  const call = async (user: string): Promise<[number, string | undefined]> => {
    const answer = await ground.chat({ user });
    const body = (await answer.json()) as { error?: { code: string } };
    return [answer.status, body.error?.code];
  };
  const isCutOff = () => ground.app.get(LeaseKeeper, { strict: false }).metrics.isCutOff;
  const keyed = { scope: 'metadata', metadataKey: 'user', window: 'hour' };

  it('are spent from leases, then refused or let through as they say, and counted afterwards', async () => {
    const closed = { ...keyed, metadataValue: 'closed', metric: 'money', limit: '1' };
    const open = await ground.allow({ ...keyed, metadataValue: 'open', metric: 'requests', limit: '2' });
    const closedId = await ground.allow(closed);
    expect(await call('closed')).toEqual([200, undefined]);
    expect(await call('open')).toEqual([200, undefined]);

    await line.cut();
    await vi.waitUntil(isCutOff, { timeout: 5000 });
    const { free } = [...ground.book.counters()].find(({ entry }) => entry.id === closedId)!;
    const leased = Math.floor(free / 1_000_000); // calls of $0.001, in nUSD
    expect(leased).toBeGreaterThan(0);
    for (let i = 0; i < leased; i++) expect(await call('closed')).toEqual([200, undefined]);
    expect(await call('closed')).toEqual([503, 'allowance_unavailable']);
    for (let i = 0; i < 4; i++) expect(await call('open')).toEqual([200, undefined]);

    await line.mend();
    await vi.waitUntil(() => !isCutOff(), { timeout: 10_000 });
    await vi.waitFor(async () => expect(await settled(open)).toBe(5), { timeout: 5000 });
    expect(await settled(closedId)).toBe((1 + leased) * 1_000_000);
    expect(await call('open')).toEqual([429, 'rate_limit_exceeded']);
    expect(await call('closed')).toEqual([200, undefined]);
  });

  async function settled(id: string): Promise<number> {
    const [row] = await ground.database.query<{ sum: string }>(
      `select coalesce(sum(l.settled), 0) as sum from allowance_counter c
       join allowance_lease l on l.counter_id = c.id where c.allowance_id = $1`,
      [id],
    );
    return Number(row!.sum);
  }
});
