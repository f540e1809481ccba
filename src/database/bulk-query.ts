import { Query, type Client, type Connection } from 'pg';
import type { DataSource } from 'typeorm';

const BINARY = 1;
const TEXT = 0;

/** A query whose first parameter is large. */
export interface Bulk {
  readonly sql: string;
  /** `$1`, in its type's binary form. It must not change until the query has ended. */
  readonly bulk: Buffer;
  /** `$2` and so on, as texts. */
  readonly parameters: readonly string[];
}

/**
 * Runs a query whose first parameter goes to Postgres as it stands in memory. pg would copy it twice on the way, and many
 * large buffers that soon are garbage keep the collector busy with the whole heap. Rejects with pg's `DatabaseError`.
 */
export async function bulkQuery<Row>(database: DataSource, query: Bulk): Promise<readonly Row[]> {
  const runner = database.createQueryRunner();
  try {
    const client = (await runner.connect()) as Client;
    return await new Promise<readonly Row[]>((resolve, reject) => {
      client.query(new BulkQuery<Row & object>(query, (error, rows) => (error ? reject(error) : resolve(rows))));
    });
  } finally {
    await runner.release();
  }
}

class BulkQuery<Row extends object> extends Query<Row> {
  constructor(
    private readonly bulk: Bulk,
    done: (error: Error | undefined, rows: readonly Row[]) => void,
  ) {
    super(bulk.sql, [], (error, result) => done(error, error ? [] : result.rows));
  }

  /** As pg's own `submit` for a query with parameters, but for the way of the first one. */
  override submit = (connection: Connection): void => {
    const { stream } = connection;
    const { head, tail } = bindMessage(this.bulk);
    stream.cork();
    try {
      connection.parse({ name: '', text: this.bulk.sql, types: [] }, true);
      stream.write(head);
      stream.write(this.bulk.bulk);
      stream.write(tail);
      connection.describe({ type: 'P', name: '' }, true);
      connection.execute({ portal: '', rows: '' }, true);
      connection.sync();
    } finally {
      stream.uncork();
    }
  };
}

/**
 * What stands before and behind the large parameter in a Bind message of the unnamed statement
 * (https://www.postgresql.org/docs/current/protocol-message-formats.html#PROTOCOL-MESSAGE-FORMATS-BIND).
 */
function bindMessage({ bulk, parameters }: Bulk): { readonly head: Buffer; readonly tail: Buffer } {
  const count = 1 + parameters.length;
  const formats = [BINARY, ...parameters.map(() => TEXT)];
  const names = Buffer.from([0, 0]); // portal and statement
  const fields = Buffer.concat([names, int16(count), ...formats.map(int16), int16(count), int32(bulk.length)]);
  const others = parameters.map((text) => Buffer.from(text)).flatMap((bytes) => [int32(bytes.length), bytes]);
  const tail = Buffer.concat([...others, int16(1), int16(TEXT)]);
  const length = 4 + fields.length + bulk.length + tail.length;
  return { head: Buffer.concat([Buffer.from('B'), int32(length), fields]), tail };
}

function int16(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(2);
  bytes.writeInt16BE(value);
  return bytes;
}

function int32(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(4);
  bytes.writeInt32BE(value);
  return bytes;
}
