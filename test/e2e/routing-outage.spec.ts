import { DataSource } from 'typeorm';
import { recordChanges } from '../../src/database/config-change.js';
import { Compiler } from '../../src/routing/compiler.service.js';
import { createPlace, type Place } from '../support/principals.js';
import { TcpSwitch } from '../support/tcp-switch.js';
import { startTestApp, type TestApp } from '../support/test-app.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { insertTokens, type InsertedToken } from '../support/tokens.js';

describe('the compiled configuration while Postgres is away', () => {
  let database: TestDatabase;
  let line: TcpSwitch;
  let gateway: TestApp;
  let place: Place;
  let direct: DataSource;

  beforeAll(async () => {
    database = await createTestDatabase();
    direct = await new DataSource({ type: 'postgres', url: database.url }).initialize();
    line = await TcpSwitch.to(database.url);
    gateway = await startTestApp({ database: { ...database, url: line.url }, config: { WAGGLE_LOG_LEVEL: 'fatal' } });
    place = await createPlace(gateway);
    return async () => {
      await line.cut(); // whatever still waits on a frozen connection must end
      await line.mend();
      await gateway.close();
      await line.cut();
      await direct.destroy();
      await database.drop();
    };
  });

  const announce = (id: string) => direct.transaction((manager) => recordChanges(manager, [{ kind: 'token', id }]));
  const newToken = async (): Promise<InsertedToken> => {
    const [token] = await insertTokens(database, place, 1);
    await announce(token!.id);
    await vi.waitFor(async () => expect(await use(token!)).toBe(200), 5000);
    return token!;
  };
  const revoke = async ({ id }: InsertedToken): Promise<void> => {
    await database.query('update token set revoked_at = now() where id = $1', [id]);
    await announce(id);
  };
  const use = async ({ text }: InsertedToken): Promise<number> => {
    const response = await gateway.send('GET', '/v1/models', undefined, {
      headers: { authorization: `Bearer ${text}` },
    });
    return response.status;
  };
  const lastError = () => gateway.app.get(Compiler).state.lastError;

  it('serves with what it knew last, says so, and catches up by itself when Postgres is back', async () => {
    const token = await newToken();
    await line.cut();
    await revoke(token);
    await vi.waitFor(() => expect(lastError()).not.toBeNull(), 10_000);
    expect(await use(token)).toBe(200);

    await line.mend();
    await vi.waitFor(async () => expect(await use(token)).toBe(401), 10_000);
    await vi.waitFor(() => expect(lastError()).toBeNull(), 5000);
  });

  it('does not wait for ever on a connection that has gone silent', async () => {
    const token = await newToken();
    line.freeze();
    await revoke(token);
    await vi.waitFor(async () => expect(await use(token)).toBe(401), { timeout: 15_000, interval: 100 });
  });
});
