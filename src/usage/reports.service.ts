import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { Access } from '../common/http/access.js';
import { ProjectsService } from '../identity/projects.service.js';
import { Conditions } from './conditions.js';
import { Labels } from './labels.service.js';
import type {
  Interval,
  UsageBreakdown,
  UsageBreakdownQuery,
  UsageQuery,
  UsageSeries,
  UsageSeriesQuery,
  UsageTotals,
} from './usage.dto.js';
import { usageErrors } from './usage.errors.js';
import { metadataQuery, minuteQuery, rollupQuery, SPINES } from './usage.queries.js';
import { toMetrics, type MetricsRow } from './usage.views.js';

const DAY_MS = 86_400_000;
const QUARTER_HOUR_MS = 900_000;
const DEFAULT_DAYS = 30;
const METADATA = 'metadata:';
const DEFAULT_SHARES = 100;
/** A sum by metadata without a value is that of all values above the bound. */
const OTHER_VALUES = 'other';

/** How long a series is unless its caller says, and at most. */
const SERIES_DAYS: Readonly<Record<Interval, { usual: number; most: number }>> = {
  minute: { usual: 1 / 24, most: 1 },
  hour: { usual: 1, most: 100 },
  day: { usual: DEFAULT_DAYS, most: 3660 },
  month: { usual: 365, most: 36_600 },
};

interface Range {
  readonly from: Date;
  readonly to: Date;
}

/** Sums over requests, within the caller's reach: from the rollups, but for series by minute. */
@Injectable()
export class Reports {
  constructor(
    private readonly database: DataSource,
    private readonly projects: ProjectsService,
    private readonly labels: Labels,
  ) {}

  async totals(access: Access, query: UsageQuery): Promise<UsageTotals> {
    const range = wholeQuarterHours(rangeOf(query, DEFAULT_DAYS));
    const where = await this.conditions(access, query, { range, column: 'bucket_start' });
    const cutDays = where.value(daysCutBy([range.from, range.to]));
    const [row] = await this.read(
      rollupQuery(`'all'`, { conditions: where.sql, cutDays, isWholeProject: isOfWholeProject(query) }),
      where,
    );
    return { ...range, ...toMetrics(row) };
  }

  /** Every interval of the range has its point. */
  async series(access: Access, query: UsageSeriesQuery): Promise<UsageSeries> {
    const { interval = 'day', timeZone = 'UTC' } = query;
    const range = rangeOf(query, SERIES_DAYS[interval].usual);
    const days = SERIES_DAYS[interval].most;
    if (range.to.getTime() - range.from.getTime() > days * DAY_MS) throw usageErrors.range_too_long({ interval, days });
    const spine = await this.database.query<{ start: Date; end: Date }[]>(SPINES[interval], [
      range.from,
      range.to,
      timeZone,
    ]);
    const covered = { from: spine[0]?.start ?? range.from, to: spine.at(-1)?.end ?? range.to };
    const borders = [...spine.map(({ start }) => start), covered.to];
    const rows = await this.readSeries(access, query, { ...covered, borders });
    const byStart = new Map(rows.map((row) => [(row.key as Date).getTime(), row]));
    const items = spine.map(({ start }) => ({ start, ...toMetrics(byStart.get(start.getTime())) }));
    return { interval, timeZone, items };
  }

  async breakdown(access: Access, query: UsageBreakdownQuery): Promise<UsageBreakdown> {
    const { by, limit = DEFAULT_SHARES } = query;
    const range = wholeQuarterHours(rangeOf(query, DEFAULT_DAYS));
    const where = await this.conditions(access, query, { range, column: 'bucket_start' });
    const sql = by.startsWith(METADATA) ? this.byMetadata(where, query) : this.byColumn(where, query, range);
    const order = `order by cost_picos desc, requests desc, key limit ${where.value(limit)}`;
    const rows = await this.read(`select * from (${sql}) as share ${order}`, where);
    const keys = rows.map(({ key }) => key as string | null);
    const names = await this.labels.of(access, by, keys);
    const nameOf = (key: string | null): string | null =>
      key === null && by.startsWith(METADATA) ? OTHER_VALUES : (names.get(key ?? '') ?? null);
    const items = rows.map((row, i) => ({ key: keys[i]!, name: nameOf(keys[i]!), ...toMetrics(row) }));
    return { by, ...range, items };
  }

  private byColumn(where: Conditions, query: UsageBreakdownQuery, { from, to }: Range): string {
    const cutDays = where.value(daysCutBy([from, to]));
    const isWholeProject = query.by === 'project' && isOfWholeProject(query);
    return rollupQuery(columnOf(query.by), { conditions: where.sql, cutDays, isWholeProject });
  }

  /** Metadata is summed apart from everything but the project, so other filters have nothing to hold on to. */
  private byMetadata(where: Conditions, query: UsageBreakdownQuery): string {
    if (!isOfWholeProject(query)) throw usageErrors.filter_unsupported();
    where.add(query.by.slice(METADATA.length), (key) => `key = ${key}`);
    return metadataQuery(where.sql);
  }

  private async readSeries(
    access: Access,
    query: UsageSeriesQuery,
    range: Range & { readonly borders: readonly Date[] },
  ): Promise<MetricsRow[]> {
    const { interval = 'day', timeZone = 'UTC' } = query;
    const column = interval === 'minute' ? 'started_at' : 'bucket_start';
    const isWholeProject = isOfWholeProject(query);
    const where = await this.conditions(access, query, { range, column });
    if (interval === 'minute') return this.read(minuteQuery(where.sql), where);
    if (interval === 'hour') {
      const group = `date_bin('1 hour', bucket_start, ${where.value(range.from)}::timestamptz)`;
      return this.read(rollupQuery(group, { conditions: where.sql, isWholeProject }), where);
    }
    const group = `date_trunc('${interval}', bucket_start, ${where.value(timeZone)}::text)`;
    const days = daysCutBy(range.borders);
    const isAnyWhole = interval === 'month' || days.length === 0;
    const cutDays = isAnyWhole ? where.value(days) : undefined;
    return this.read(rollupQuery(group, { conditions: where.sql, isWholeProject, ...(cutDays && { cutDays }) }), where);
  }

  private async conditions(
    access: Access,
    query: UsageQuery,
    { range, column }: { range: Range; column: string },
  ): Promise<Conditions> {
    return Conditions.reachedBy(await this.projects.narrow(access, query.project))
      .add(range.from, (from) => `${column} >= ${from}::timestamptz`)
      .add(range.to, (to) => `${column} < ${to}::timestamptz`)
      .add(query.token, (id) => `token_id = ${id}`)
      .add(query.profile, (id) => `profile_id = ${id}`)
      .add(query.model, (id) => `model_id = ${id}`)
      .add(query.provider, (id) => `provider_id = ${id}`)
      .add(query.operation, (operation) => `operation = ${operation}`);
  }

  private read(sql: string, { parameters }: Conditions): Promise<MetricsRow[]> {
    return this.database.query(sql, parameters);
  }
}

/** Whether nothing is left out of a project. */
function isOfWholeProject({ token, profile, model, provider, operation }: UsageQuery): boolean {
  return [token, profile, model, provider, operation].every((filter) => filter === undefined);
}

/** Throws when nothing is in the range. */
function rangeOf({ from, to }: UsageQuery, usualDays: number): Range {
  const end = to === undefined ? new Date() : new Date(to);
  const start = from === undefined ? new Date(end.getTime() - usualDays * DAY_MS) : new Date(from);
  if (start >= end) throw usageErrors.range_empty();
  return { from: start, to: end };
}

function wholeQuarterHours({ from, to }: Range): Range {
  return {
    from: new Date(Math.floor(from.getTime() / QUARTER_HOUR_MS) * QUARTER_HOUR_MS),
    to: new Date(Math.ceil(to.getTime() / QUARTER_HOUR_MS) * QUARTER_HOUR_MS),
  };
}

/** The days (UTC) that these instants are inside of. */
function daysCutBy(instants: readonly Date[]): Date[] {
  const days = instants.map((instant) => instant.getTime()).filter((time) => time % DAY_MS !== 0);
  return [...new Set(days.map((time) => time - (time % DAY_MS)))].map((time) => new Date(time));
}

/** `by` was checked against a list: it names a column. */
function columnOf(by: string): string {
  return by === 'operation' ? by : `${by}_id`;
}
