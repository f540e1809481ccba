import { Config } from '../../src/config/config.js';
import { Leader } from '../../src/database/leader.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

describe(Leader.name, () => {
  let database: TestDatabase;
  const running: Leader[] = [];
  beforeAll(async () => void (database = await createTestDatabase()));
  afterEach(() => Promise.all(running.splice(0).map((leader) => leader.onApplicationShutdown())));
  afterAll(() => database.drop());

  function start(): Leader {
    const leader = new Leader(Config.from({ DATABASE_URL: database.url }));
    running.push(leader);
    leader.onApplicationBootstrap();
    return leader;
  }

  const elected = (leader: Leader): Promise<void> => new Promise((resolve) => leader.onElected(resolve));

  it('is one process only, and another when that one stops', async () => {
    const first = start();
    await elected(first);
    const second = start();
    await vi.waitFor(() => expect(sessions(database)).resolves.toBe(2));
    expect([first.isLeader, second.isLeader]).toEqual([true, false]);

    await first.onApplicationShutdown();
    await elected(second);
    expect([first.isLeader, second.isLeader]).toEqual([false, true]);
  });

  it('holds nothing when it is stopped before it has connected', async () => {
    const first = start();
    await first.onApplicationShutdown();
    const second = start();
    await elected(second);
    await vi.waitFor(() => expect(sessions(database)).resolves.toBe(1));
  });

  it('steps down when its connection is cut, and runs again', async () => {
    const leader = start();
    await elected(leader);
    await database.query(
      `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'waggle leader'`,
    );
    await vi.waitFor(() => expect(leader.isLeader).toBe(false));
    await vi.waitFor(() => expect(leader.isLeader).toBe(true), 5000);
  });
});

async function sessions(database: TestDatabase): Promise<number> {
  const [row] = await database.query<{ count: number }>(
    `select count(*)::int as count from pg_stat_activity where application_name = 'waggle leader' and datname = current_database()`,
  );
  return row?.count ?? 0;
}
