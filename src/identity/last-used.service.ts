import { Injectable, Logger, type BeforeApplicationShutdown } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { DataSource } from 'typeorm';

const FLUSH_MS = 5000;

/** Remembers when sessions and admin keys were used, and writes it down every five seconds, in one statement a table. */
@Injectable()
export class LastUsed implements BeforeApplicationShutdown {
  private readonly logger = new Logger(LastUsed.name);
  private readonly times = { session: new Map<string, Date>(), admin_key: new Map<string, Date>() };

  constructor(private readonly database: DataSource) {}

  async beforeApplicationShutdown(): Promise<void> {
    await this.flush();
  }

  /** Notes a use, now. */
  note(table: 'session' | 'admin_key', id: string): void {
    this.times[table].set(id, new Date());
  }

  /** Writes down what was noted. A failure is logged: a time of last use is not worth more. */
  @Interval(FLUSH_MS)
  async flush(): Promise<void> {
    try {
      await this.write('session');
      await this.write('admin_key');
    } catch (error) {
      this.logger.warn(`Times of last use were not written: ${String(error)}`);
    }
  }

  private async write(table: 'session' | 'admin_key'): Promise<void> {
    const noted = [...this.times[table]];
    if (noted.length === 0) return;
    this.times[table].clear();
    await this.database.query(
      `update ${table} set last_used_at = greatest(last_used_at, used.at)
       from unnest($1::uuid[], $2::timestamptz[]) as used (id, at) where ${table}.id = used.id`,
      [noted.map(([id]) => id), noted.map(([, at]) => at)],
    );
  }
}
