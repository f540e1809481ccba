import { Injectable, Logger } from '@nestjs/common';
import { DatabaseError } from 'pg';
import { DataSource } from 'typeorm';
import { Config } from '../config/config.js';
import { bulkQuery } from '../database/bulk-query.js';
import { ProviderOutcomes } from '../providers/provider-outcomes.service.js';
import { STORE_BATCH } from './ledger.sql.js';
import { Months } from './months.service.js';
import { toProviderOutcome, type SeenAttempt } from './provider-outcome.js';
import { keepRejected } from './rejected-entries.js';

/** What came of a batch. Entries that were stored before count in neither. */
export interface Stored {
  readonly requests: number;
  readonly attempts: number;
  /** Entries put aside because Postgres can't take them. */
  readonly rejected: number;
}

interface StoredRow {
  readonly requests: number;
  readonly attempts: number;
  readonly seen: readonly SeenAttempt[];
}

const OPEN = Buffer.from([1, 0x5b]); // jsonb's binary form begins with its version
const COMMA = Buffer.from(',');
const CLOSE = Buffer.from(']');

/** Writes journalled entries into the ledger and its rollups. */
@Injectable()
export class Ledger {
  private readonly logger = new Logger(Ledger.name);

  constructor(
    private readonly database: DataSource,
    private readonly months: Months,
    private readonly config: Config,
    private readonly outcomes: ProviderOutcomes,
  ) {}

  /**
   * Stores entries (JSON texts) once, however often they come. An entry that Postgres can't take is found by halving and
   * put aside, the others go in. Throws when Postgres is away or can't work; then some may be stored, and may come again.
   * `batch`: all of them as one array in jsonb's binary form, if that is at hand.
   */
  async store(entries: readonly Buffer[], batch = asJsonb(entries)): Promise<Stored> {
    try {
      return await this.insert(batch);
    } catch (error) {
      if (lacksPartition(error) && (await this.months.prepareFor(batch))) return this.store(entries);
      if (!isRefusal(error)) throw error;
      return entries.length === 1 ? this.reject(entries[0]!, error) : this.storeHalves(entries);
    }
  }

  private async insert(batch: Buffer): Promise<Stored> {
    const parameters = [String(this.config.metadataValues)];
    const [row] = await bulkQuery<StoredRow>(this.database, { sql: STORE_BATCH, bulk: batch, parameters });
    const { requests, attempts, seen } = row!;
    for (const attempt of seen) this.outcomes.note(attempt.provider_id, toProviderOutcome(attempt));
    return { requests, attempts, rejected: 0 };
  }

  private async storeHalves(entries: readonly Buffer[]): Promise<Stored> {
    const middle = entries.length >> 1;
    const first = await this.store(entries.slice(0, middle));
    const second = await this.store(entries.slice(middle));
    return {
      requests: first.requests + second.requests,
      attempts: first.attempts + second.attempts,
      rejected: first.rejected + second.rejected,
    };
  }

  private async reject(entry: Buffer, error: Error): Promise<Stored> {
    const folder = this.config.dataPath('journal', 'rejected');
    this.logger.error(`A journal entry was refused and is kept in ${folder}: ${error.message}`);
    await keepRejected(folder, entry, error.message);
    return { requests: 0, attempts: 0, rejected: 1 };
  }
}

function asJsonb(entries: readonly Buffer[]): Buffer {
  return Buffer.concat([OPEN, ...entries.flatMap((entry, i) => (i === 0 ? [entry] : [COMMA, entry])), CLOSE]);
}

/** Postgres has no partition for a row (it reports a violated check without a name). */
function lacksPartition(error: unknown): boolean {
  return stateOf(error) === '23514' && (error as DatabaseError).constraint === undefined;
}

/** Whether the data is at fault: a bad value, a missing one, a broken rule, too large. All else may work later. */
function isRefusal(error: unknown): error is DatabaseError {
  return /^(22|23|54)/.test(stateOf(error));
}

function stateOf(error: unknown): string {
  return error instanceof DatabaseError ? (error.code ?? '') : '';
}
