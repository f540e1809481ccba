import type { DataSource } from 'typeorm';

const ROWS_AT_A_TIME = 500;

interface RowStream<Row, View> {
  readonly sql: string;
  readonly parameters: unknown[];
  readonly view: (row: Row) => View;
}

/**
 * Reads a query through a cursor of the database, so that memory holds a few hundred rows however many there are. The
 * connection is given back when the last row was read or the reader stops.
 */
export async function* streamRows<Row, View>(
  database: DataSource,
  { sql, parameters, view }: RowStream<Row, View>,
): AsyncGenerator<View[]> {
  const runner = database.createQueryRunner();
  try {
    await runner.startTransaction('REPEATABLE READ');
    await runner.query(`declare export no scroll cursor for ${sql}`, parameters);
    for (;;) {
      const rows = (await runner.query(`fetch ${ROWS_AT_A_TIME} from export`)) as Row[];
      if (rows.length > 0) yield rows.map(view);
      if (rows.length < ROWS_AT_A_TIME) return;
    }
  } finally {
    await runner.rollbackTransaction().catch(() => undefined); // nothing was written
    await runner.release();
  }
}
