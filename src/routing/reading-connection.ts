import type { DataSource, EntityManager, QueryRunner } from 'typeorm';

/**
 * A connection that is kept for reading, one reader at a time. Writers may queue for all others of the pool, and a
 * revocation that waited behind them would come too late.
 */
export class ReadingConnection {
  private runner: QueryRunner | undefined;

  constructor(private readonly database: DataSource) {}

  /** Reads in a transaction that sees the database as it is at one moment, and can't change it. */
  async atOneMoment<T>(read: (manager: EntityManager) => Promise<T>): Promise<T> {
    const runner = this.open();
    try {
      await runner.startTransaction('REPEATABLE READ');
      await runner.query(`set transaction read only`);
      await runner.query(`set local jit = off`); // making machine code takes longer than these queries
      const result = await read(runner.manager);
      await runner.commitTransaction();
      return result;
    } catch (error) {
      await runner.rollbackTransaction().catch(() => undefined);
      await this.close();
      throw error;
    }
  }

  /** One query outside of a transaction. */
  async query<T>(read: (manager: EntityManager) => Promise<T>): Promise<T> {
    try {
      return await read(this.open().manager);
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  /** Gives the connection back; the next read takes another. */
  async close(): Promise<void> {
    const { runner } = this;
    this.runner = undefined;
    if (runner && !runner.isReleased) await runner.release();
  }

  private open(): QueryRunner {
    if (!this.runner || this.runner.isReleased) this.runner = this.database.createQueryRunner();
    return this.runner;
  }
}
