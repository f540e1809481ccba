import { Query, type PoolClient, type QueryArrayConfig } from 'pg';
import type { EntityManager } from 'typeorm';

/** Which rows of a table to compile: those with these ids, or every one. */
export type EntrySelection = readonly string[] | 'all';

/**
 * Reads a large result row by row while Postgres is still at it, so that no list of all rows is ever held. Rows come as
 * arrays in the order of the columns. `manager` must be one of a transaction.
 */
export async function readEachRow<Row extends readonly unknown[]>(
  manager: EntityManager,
  sql: string,
  onRow: (row: Row) => void,
): Promise<void> {
  const client = (await manager.queryRunner?.connect()) as PoolClient | undefined;
  if (!client) throw new Error('Rows are read in a transaction only.');
  const config: QueryArrayConfig = { text: sql, rowMode: 'array' };
  const query = client.query(new Query(config));
  let failure: unknown;
  await new Promise<void>((resolve, reject) => {
    query.on('row', (row) => {
      try {
        if (failure === undefined) onRow(row as Row);
      } catch (error) {
        failure = error; // thrown from here it would end the process
      }
    });
    query.on('error', reject);
    query.on('end', () => resolve());
  });
  if (failure !== undefined) throw failure;
}
