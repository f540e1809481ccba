import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { Client } from 'pg';
import { DataSource } from 'typeorm';
import { inject } from 'vitest';
import { migrate, migrationStatus, revertMigrations } from '../../src/database/migrate.js';
import { dumpSchema } from '../support/schema-dump.js';
import { startTestApp, type TestApp } from '../support/test-app.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

const SCHEMA_FILE = join(import.meta.dirname, '../../migrations/schema.sql');

describe('the schema', () => {
  let database: TestDatabase;
  beforeAll(async () => void (database = await createTestDatabase()));
  afterAll(() => database.drop());

  it('is the one in migrations/schema.sql (npm run schema writes it)', async () => {
    await expect(await dumpSchema(database.url)).toMatchFileSnapshot(SCHEMA_FILE);
  });

  it('is the same after all migrations went down and up again', async () => {
    const before = await dumpSchema(database.url);
    const { applied } = await migrationStatus(database.url);
    await revertMigrations(database.url, applied.length);
    await expect(dumpSchema(database.url)).resolves.toBe('');
    await migrate(database.url);
    await expect(dumpSchema(database.url)).resolves.toBe(before);
  });

  it('is migrated once when many processes begin on an empty database', async () => {
    const name = `waggle_empty_${randomUUID().slice(0, 8)}`;
    const server = new Client({ connectionString: inject('serverUrl') });
    await server.connect();
    await server.query(`create database ${name}`);
    const url = Object.assign(new URL(inject('serverUrl')), { pathname: `/${name}` }).href;
    const done = await Promise.all([migrate(url), migrate(url), migrate(url)]);
    await server.query(`drop database ${name} with (force)`).finally(() => server.end());
    expect(done.filter((names) => names.length > 0)).toHaveLength(1);
  });
});

describe('the entities', () => {
  let app: TestApp;
  beforeAll(async () => void (app = await startTestApp()));
  afterAll(() => app.close());

  it('fit the migrated tables: each column is there, of the same type, required or not', async () => {
    const { upQueries } = await app.app.get(DataSource).driver.createSchemaBuilder().log();
    // Constraints, indexes and defaults are the migrations' business; the entities don't repeat them.
    const drift = upQueries
      .map(({ query }) => query)
      .filter((query) => /create table|add "|alter column \S+ (type|set not null|drop not null)/i.test(query));
    expect(drift).toEqual([]);
  });
});
