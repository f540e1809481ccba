import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { Access } from '../../common/http/access.js';
import { Conditions } from '../conditions.js';
import { Labels } from '../labels.service.js';
import { usageErrors } from '../usage.errors.js';
import { reportArms } from './arms.sql.js';
import { toArmReportView, type ArmReportRow, type ArmsQuery, type ArmsView } from './arms.dto.js';

const DAY_MS = 86_400_000;
const MAX_DAYS = 31;

/** Compares the targets of a profile: what an experiment came to. */
@Injectable()
export class ArmReports {
  constructor(
    private readonly database: DataSource,
    private readonly labels: Labels,
  ) {}

  /** By target and size, within the caller's reach. Throws `usage.range_empty`, `usage.range_too_long`. */
  async of(access: Access, query: ArmsQuery): Promise<ArmsView> {
    const to = query.to === undefined ? new Date() : new Date(query.to);
    const from = query.from === undefined ? new Date(to.getTime() - DAY_MS) : new Date(query.from);
    if (from >= to) throw usageErrors.range_empty();
    if (to.getTime() - from.getTime() > MAX_DAYS * DAY_MS) {
      throw usageErrors.range_too_long({ interval: 'arm', days: MAX_DAYS });
    }
    const where = Conditions.reachedBy(access, 'r.')
      .add(query.profile, (profile) => `r.profile_id = ${profile}`)
      .add(from, (start) => `r.started_at >= ${start}`)
      .add(to, (end) => `r.started_at < ${end}`);
    const rows = await this.database.query<ArmReportRow[]>(reportArms(where.sql), where.parameters);
    const models = rows.map((row) => row.model_id);
    const names = await this.labels.of(access, 'model', models);
    return { from, to, items: rows.map((row) => toArmReportView(row, names)) };
  }
}
