import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { Access } from '../common/http/access.js';
import { ProjectsService } from '../identity/projects.service.js';
import { Conditions } from './conditions.js';
import { Labels } from './labels.service.js';
import { Reports } from './reports.service.js';
import { shareQuery } from './usage.queries.js';
import { toMetrics, type MetricsRow } from './usage.views.js';
import type { UsageWindow, UsageWindows, UsageWindowsQuery } from './windows.dto.js';

const MINUTE_MS = 60_000;
const DEFAULT_SHARES = 100;
const WINDOWS = [
  { window: '1m', minutes: 1 },
  { window: '5m', minutes: 5 },
  { window: '1h', minutes: 60 },
  { window: '24h', minutes: 1440 },
] as const;
/** From here on the rollups are as good as the rows, and cheaper. */
const LONG_MINUTES = 60;

/** What happened lately, up to now, within the caller's reach: minutes from the rows, hours from the rollups. */
@Injectable()
export class Windows {
  constructor(
    private readonly database: DataSource,
    private readonly projects: ProjectsService,
    private readonly labels: Labels,
    private readonly reports: Reports,
  ) {}

  async get(access: Access, query: UsageWindowsQuery): Promise<UsageWindows> {
    const to = new Date();
    const windows = WINDOWS.map(async ({ window, minutes }): Promise<UsageWindow> => {
      const from = new Date(to.getTime() - minutes * MINUTE_MS);
      if (minutes < LONG_MINUTES || query.by === 'mode') return this.fromRows(access, query, { window, from, to });
      const range = { from: from.toISOString(), to: to.toISOString() };
      return { window, ...(await this.reports.breakdown(access, { ...query, ...range })) };
    });
    return { by: query.by, windows: (await Promise.all(windows)).map(toWindow) };
  }

  private async fromRows(
    access: Access,
    { by, project, limit = DEFAULT_SHARES }: UsageWindowsQuery,
    { window, from, to }: Omit<UsageWindow, 'items'>,
  ): Promise<UsageWindow> {
    const where = Conditions.reachedBy(await this.projects.narrow(access, project), 'r.')
      .add(from, (start) => `r.started_at >= ${start}::timestamptz`)
      .add(to, (end) => `r.started_at < ${end}::timestamptz`);
    const sql = shareQuery(by, where.sql, where.value(limit));
    const rows = await this.database.query<MetricsRow[]>(sql, where.parameters);
    const keys = rows.map(({ key }) => key as string | null);
    const names = await this.labels.of(access, by, keys);
    const items = rows.map((row, i) => ({ key: keys[i]!, name: names.get(keys[i] ?? '') ?? null, ...toMetrics(row) }));
    return { window, from, to, items };
  }
}

function toWindow({ window, from, to, items }: UsageWindow): UsageWindow {
  return { window, from, to, items };
}
