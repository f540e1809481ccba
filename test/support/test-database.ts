import { randomUUID } from 'node:crypto';
import { Client } from 'pg';
import { inject } from 'vitest';

/** A database of one's own, migrated and empty. */
export interface TestDatabase {
  readonly url: string;
  /** Runs one statement on a fresh connection. */
  query<Row extends object>(sql: string, parameters?: unknown[]): Promise<Row[]>;
  /** Cuts off all its sessions and drops it. */
  drop(): Promise<void>;
}

/** Copies the migrated template: a few dozen milliseconds. Call it once a spec file. */
export async function createTestDatabase(): Promise<TestDatabase> {
  const name = `waggle_spec_${randomUUID().replaceAll('-', '')}`;
  const server = inject('serverUrl');
  const url = Object.assign(new URL(server), { pathname: `/${name}` }).href;
  await query(server, `create database ${name} template ${inject('templateDatabase')}`);
  return {
    url,
    query: (sql, parameters) => query(url, sql, parameters),
    drop: async () => void (await query(server, `drop database if exists ${name} with (force)`)),
  };
}

async function query<Row extends object>(url: string, sql: string, parameters?: unknown[]): Promise<Row[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Row>(sql, parameters)).rows;
  } finally {
    await client.end();
  }
}
