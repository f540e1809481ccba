import { Injectable, Logger, type BeforeApplicationShutdown } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { DataSource } from 'typeorm';
import { TokenUses } from '../snapshot/token-uses.js';

const FLUSH_MS = 5000;

/** Writes down when tokens were last used, every five seconds and at the end, in one statement. */
@Injectable()
export class TokenLastUsed implements BeforeApplicationShutdown {
  private readonly logger = new Logger(TokenLastUsed.name);

  constructor(
    private readonly uses: TokenUses,
    private readonly database: DataSource,
  ) {}

  async beforeApplicationShutdown(): Promise<void> {
    await this.flush();
  }

  /** Writes what was noted. A failure is logged: a time of last use is not worth more. */
  @Interval(FLUSH_MS)
  async flush(): Promise<void> {
    const uses = [...this.uses.take()].toSorted(([a], [b]) => (a < b ? -1 : 1)); // one order for all workers: no deadlock
    if (uses.length === 0) return;
    try {
      await this.database.query(
        `update token set last_used_at = used.at
         from unnest($1::uuid[], $2::timestamptz[]) as used (id, at)
         where token.id = used.id and coalesce(token.last_used_at < used.at, true)`,
        [uses.map(([id]) => id), uses.map(([, at]) => new Date(at))],
      );
    } catch (error) {
      this.logger.warn(`Times of last use of tokens were not written: ${String(error)}`);
    }
  }
}
