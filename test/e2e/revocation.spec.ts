import { setTimeout as sleep } from 'node:timers/promises';
import { createOwner, type Place, type Send } from '../support/principals.js';
import { startTestApp, type TestApp } from '../support/test-app.js';
import { insertTokens, type InsertedToken } from '../support/tokens.js';

const TRIES = 1000;
const AT_ONCE = 8;
const WITHIN_MS = 1000;

/** Two servers on one database stand for two workers or two replicas: Postgres is all that either shares. */
describe('a token that is revoked while two servers use it', () => {
  let servers: [TestApp, TestApp];
  let owner: Place & { send: Send };
  let tokens: InsertedToken[];

  beforeAll(async () => {
    const config = { WAGGLE_MASTER_KEY: '0'.repeat(64) };
    const first = await startTestApp({ config });
    owner = await createOwner(first);
    tokens = await insertTokens(first.database, owner, TRIES);
    await first.database.query('update config_revision set revision = revision + 1'); // they were not announced
    const second = await startTestApp({ config, database: first.database });
    servers = [first, second];
    await vi.waitFor(async () => expect(await statuses(tokens[0])).toEqual([200, 200]), { timeout: 10_000 });
    return async () => {
      await second.close();
      await first.close();
    };
  });

  const use = async ({ url }: TestApp, token?: InsertedToken): Promise<number> => {
    const response = await fetch(`${url}/v1/models`, { headers: { authorization: `Bearer ${token?.text}` } });
    await response.arrayBuffer();
    return response.status;
  };
  const statuses = (token?: InsertedToken) => Promise.all(servers.map((server) => use(server, token)));
  const send = async (...call: Parameters<Send>): Promise<number> => {
    const response = await owner.send(...call);
    await response.arrayBuffer();
    return response.status;
  };

  /** Milliseconds from the revocation's answer until the server refuses the token. */
  const refusedAfter = async (server: TestApp, token: InsertedToken, revokedAt: number): Promise<number> => {
    while ((await use(server, token)) !== 401) {
      if (performance.now() - revokedAt > 10 * WITHIN_MS) break;
      await sleep(2);
    }
    return performance.now() - revokedAt;
  };

  const revokeInUse = async (token: InsertedToken): Promise<number> => {
    expect(await statuses(token)).toEqual([200, 200]);
    const path = `/admin/v1/tokens/${token.id}`;
    // Changes of the same token, one before and one against the revocation: neither may bring it back.
    const before = send('PATCH', path, { metadata: { step: 'before' } });
    const revoked = send('POST', `${path}/revoke`).then((status) => ({ status, at: performance.now() }));
    const against = send('PATCH', path, { isEnabled: true, metadata: { step: 'against' } });
    const { status, at } = await revoked;
    expect(status).toBe(200);
    const waits = await Promise.all(servers.map((server) => refusedAfter(server, token, at)));
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
