import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { Access } from '../common/http/access.js';
import { AllowanceEventList } from './allowance-event.dto.js';
import { AllowancesService } from './allowances.service.js';
import { formatAmount } from './book/amounts.js';

const MOST = 200;

interface Row {
  readonly subject: string;
  readonly window_start: Date;
  readonly percent: number;
  readonly settled: string;
  readonly limit_amount: string;
  readonly at: Date;
}

/** Which thresholds of allowances were reached when. */
@Injectable()
export class AllowanceEvents {
  constructor(
    private readonly allowances: AllowancesService,
    private readonly database: DataSource,
  ) {}

  /** The newest 200 of one allowance. Throws `allowance.not_found`. */
  async list(access: Access, id: string): Promise<AllowanceEventList> {
    const { metric } = await this.allowances.row(access, id);
    const rows = await this.database.query<Row[]>(
      `select * from allowance_event where allowance_id = $1 order by at desc, percent desc limit ${MOST}`,
      [id],
    );
    const items = rows.map((row) => ({
      at: row.at,
      percent: row.percent,
      subject: row.subject === '' ? null : row.subject,
      windowStart: row.window_start,
      settled: formatAmount(metric, Number(row.settled)),
      limit: formatAmount(metric, Number(row.limit_amount)),
    }));
    return { items };
  }
}
