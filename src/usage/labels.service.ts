import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { Access } from '../common/http/access.js';

/** Where the names are. A report joins them by id, whatever project the caller reaches: it has the ids already. */
const TABLES: ReadonlyMap<string, string> = new Map([
  ['project', 'project'],
  ['token', 'token'],
  ['profile', 'profile'],
  ['model', 'model'],
  ['provider', 'provider'],
]);

/** What the things in a report are called now. */
@Injectable()
export class Labels {
  constructor(private readonly database: DataSource) {}

  /** Names by id, as far as the things are still there. */
  async of({ tenantId }: Access, kind: string, keys: readonly (string | null)[]): Promise<ReadonlyMap<string, string>> {
    const table = TABLES.get(kind);
    const ids = keys.filter((key) => key !== null);
    if (!table || ids.length === 0) return new Map();
    const rows = await this.database.query<{ id: string; name: string }[]>(
      `select id, name from ${table} where tenant_id = $1 and id = any($2::uuid[])`,
      [tenantId, ids],
    );
    return new Map(rows.map(({ id, name }) => [id, name]));
  }
}
