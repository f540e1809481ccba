import type { Client } from 'pg';
import type { DataSource, EntityManager, QueryRunner } from 'typeorm';

const QUERY_MS = 5000;
const TRANSACTION_MS = 60_000;

/**
 * A connection that is kept for reading, one reader at a time. Writers may queue for all others of the pool, and a
 * revocation that waited behind them would come too late. Nor is an answer that never comes waited for.
 */
export class ReadingConnection {
  private runner: QueryRunner | undefined;

  constructor(private readonly database: DataSource) {}

  /** Reads in a transaction that sees the database as it is at one moment, and can't change it. */
  async atOneMoment<T>(read: (manager: EntityManager) => Promise<T>): Promise<T> {
    return this.use(TRANSACTION_MS, async (runner) => {
      try {
        await runner.startTransaction('REPEATABLE READ');
        await runner.query(`set transaction read only`);
        await runner.query(`set local jit = off`); // making machine code takes longer than these queries
        const result = await read(runner.manager);
        await runner.commitTransaction();
        return result;
      } catch (error) {
        await runner.rollbackTransaction().catch(() => undefined);
        throw error;
      }
    });
  }

  /** One query outside of a transaction. */
  query<T>(read: (manager: EntityManager) => Promise<T>): Promise<T> {
    return this.use(QUERY_MS, (runner) => read(runner.manager));
  }

  /** Gives the connection back; the next read takes another. */
  async close(): Promise<void> {
    const { runner } = this;
    this.runner = undefined;
    if (runner && !runner.isReleased) await runner.release();
  }

  private async use<T>(deadlineMs: number, work: (runner: QueryRunner) => Promise<T>): Promise<T> {
    const runner = this.open();
    const deadline = setTimeout(() => void hangUp(runner), deadlineMs);
    try {
      return await work(runner);
    } catch (error) {
      await this.close();
      throw error;
    } finally {
      clearTimeout(deadline);
    }
  }

  private open(): QueryRunner {
    if (!this.runner || this.runner.isReleased) this.runner = this.database.createQueryRunner();
    return this.runner;
  }
}

/** With a query under way `end` cuts the connection at once, and the query fails; the pool then drops the connection. */
async function hangUp(runner: QueryRunner): Promise<void> {
  const client = (await runner.connect().catch(() => undefined)) as Client | undefined;
  await client?.end().catch(() => undefined);
}
