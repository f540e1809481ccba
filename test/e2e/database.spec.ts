import { migrate, migrationStatus, SchemaError } from '../../src/database/migrate.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

describe('migrations', () => {
  let database: TestDatabase;
  beforeAll(async () => void (database = await createTestDatabase()));
  afterAll(() => database.drop());

  it('are all applied once, however many processes start together', async () => {
    const status = await migrationStatus(database.url);
    expect(status.applied.length).toBeGreaterThan(1);
    expect(status).toMatchObject({ pending: [], unknown: [] });
    await expect(Promise.all([migrate(database.url), migrate(database.url)])).resolves.toEqual([[], []]);
  });

  it('refuse a database that a newer build has used, and name what is unknown', async () => {
    await database.query(`insert into schema_migration (timestamp, name) values (1, 'FromTheFuture9999999999999')`);
    const attempt = migrate(database.url);
    await expect(attempt).rejects.toThrow(SchemaError);
    await expect(attempt).rejects.toThrow(/FromTheFuture9999999999999.*newer build/);
  });
});
