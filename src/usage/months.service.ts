import { Injectable, Logger } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Config } from '../config/config.js';
import { MONTHS_LOCK } from '../database/advisory-locks.js';

const TABLES = ['request', 'attempt'] as const;

/** The ledger's partitions: a month each, in UTC. */
@Injectable()
export class Months {
  private readonly logger = new Logger(Months.name);

  constructor(
    private readonly database: DataSource,
    private readonly config: Config,
  ) {}

  /** Makes this month's partitions and the next month's. */
  async prepare(now = new Date()): Promise<void> {
    await this.create([monthOf(now), monthOf(now, 1)]);
  }

  /**
   * Makes the partitions that a batch (a JSON array of entries, as jsonb's binary form) needs. False when an entry is of
   * a month that is not kept: its rows were dropped, or its clock was wrong.
   */
  async prepareFor(batch: Buffer, now = new Date()): Promise<boolean> {
    const rows = await this.database.query<{ month: string }[]>(MONTHS_OF_BATCH, [batch]);
    const months = rows.map(({ month }) => month);
    const kept = months.filter((month) => month >= this.oldestKept(now) && month <= monthOf(now, 1));
    await this.create(kept);
    return kept.length === months.length;
  }

  /** Drops the partitions of months that are no longer kept; returns their names. */
  async dropOld(now = new Date()): Promise<string[]> {
    const oldest = this.oldestKept(now);
    const partitions = await this.database.query<{ name: string }[]>(PARTITIONS, [TABLES]);
    const old = partitions.map(({ name }) => name).filter((name) => monthOfPartition(name) < oldest);
    for (const name of old) {
      await this.database.query(`drop table if exists "${name}"`);
      this.logger.log(`Dropped ${name}: the ledger keeps ${this.config.ledgerMonths} months.`);
    }
    return old;
  }

  private oldestKept(now: Date): string {
    return monthOf(now, -this.config.ledgerMonths);
  }

  /** Several workers may find a month missing at once, hence the lock. */
  private async create(months: readonly string[]): Promise<void> {
    if (months.length === 0) return;
    await this.database.transaction(async (manager) => {
      await manager.query(`select pg_advisory_xact_lock($1)`, [MONTHS_LOCK]);
      for (const month of months) for (const table of TABLES) await manager.query(createPartition(table, month));
    });
  }
}

const MONTHS_OF_BATCH = `
  select distinct to_char((record ->> 'started_at')::timestamptz at time zone 'UTC', 'YYYY-MM') as month
  from jsonb_array_elements($1::jsonb) as entry,
    lateral (select entry -> 'request' as record union all select jsonb_array_elements(entry -> 'attempts')) as records
  where jsonb_typeof(record) = 'object'`;

const PARTITIONS = `
  select child.relname as name from pg_inherits
    join pg_class child on child.oid = inhrelid
    join pg_class parent on parent.oid = inhparent
  where parent.relname = any($1) and parent.relnamespace = current_schema()::regnamespace`;

/** `2026-11`, so many months away. */
function monthOf(date: Date, away = 0): string {
  return new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + away)).toISOString().slice(0, 7);
}

function monthOfPartition(name: string): string {
  return name.slice(-7).replace('_', '-');
}

function createPartition(table: string, month: string): string {
  const name = `${table}_${month.replace('-', '_')}`;
  const end = monthOf(new Date(`${month}-01T00:00:00Z`), 1);
  return `create table if not exists "${name}" partition of ${table}
    for values from ('${month}-01 00:00:00+00') to ('${end}-01 00:00:00+00')`;
}
