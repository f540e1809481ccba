import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { Access } from '../common/http/access.js';
import { ProjectsService } from '../identity/projects.service.js';
import { Conditions } from './conditions.js';
import { cutDays } from './cut-days.js';
import { Labels } from './labels.service.js';
import { rollupQuery, rollupRows } from './rollup.queries.js';
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
import { minuteQuery, SPINES } from './usage.queries.js';
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
    const where = await this.conditions(access, query);
    const rows = rollupRows(where, { of: tablesFor(query), range, cuts: cutDays([range.from, range.to]) });
    const [row] = await this.read(rollupQuery({}, rows), where);
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
    const where = await this.conditions(access, query);
    const of = by.startsWith(METADATA) ? narrowToKey(where, query) : tablesFor(query, by);
    const column = by.startsWith(METADATA) ? 'value' : columnOf(by);
    const sql = rollupQuery({ column }, rollupRows(where, { of, range, cuts: cutDays([range.from, range.to]) }));
    const order = `order by cost_picos desc, requests desc, key limit ${where.value(limit)}`;
    const rows = await this.read(`select * from (${sql}) as share ${order}`, where);
    const keys = rows.map(({ key }) => key as string | null);
    const names = await this.labels.of(access, by, keys);
    const nameOf = (key: string | null): string | null =>
      key === null && by.startsWith(METADATA) ? OTHER_VALUES : (names.get(key ?? '') ?? null);
    const items = rows.map((row, i) => ({ key: keys[i]!, name: nameOf(keys[i]!), ...toMetrics(row) }));
    return { by, ...range, items };
  }

  private async readSeries(
    access: Access,
    query: UsageSeriesQuery,
    range: Range & { readonly borders: readonly Date[] },
  ): Promise<MetricsRow[]> {
    const { interval = 'day' } = query;
    const where = await this.conditions(access, query);
    if (interval === 'minute') {
      where.add(range.from, (from) => `started_at >= ${from}::timestamptz`);
      where.add(range.to, (to) => `started_at < ${to}::timestamptz`);
      return this.read(minuteQuery(where.sql), where);
    }
    const of = tablesFor(query);
    if (interval === 'hour') {
      const time = `date_bin('1 hour', bucket_start, ${where.value(range.from)}::timestamptz)`;
      return this.read(rollupQuery({ time }, rollupRows(where, { of, range })), where);
    }
    const borders = `${where.value(range.borders)}::timestamptz[]`;
    const time = `(${borders})[width_bucket(bucket_start, ${borders})]`;
    const cuts = cutDays(range.borders);
    // a whole project has one row a quarter hour, and as many as combinations in the days
    const isByDay = interval === 'month' || cuts.days.length === 0 || of !== 'projects';
    return this.read(rollupQuery({ time }, rollupRows(where, { of, range, ...(isByDay && { cuts }) })), where);
  }

  private async conditions(access: Access, query: UsageQuery): Promise<Conditions> {
    return Conditions.reachedBy(await this.projects.narrow(access, query.project))
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

/** The coarsest sums that still tell apart what is asked for. */
function tablesFor(
  { token, profile, model, provider, operation }: UsageQuery,
  by = 'project',
): 'projects' | 'combinations' {
  const filters = [token, profile, model, provider, operation];
  return by === 'project' && filters.every((filter) => filter === undefined) ? 'projects' : 'combinations';
}

/** Metadata is summed apart from everything but the project, so other filters have nothing to hold on to. */
function narrowToKey(where: Conditions, query: UsageBreakdownQuery): 'metadata' {
  if (tablesFor(query) !== 'projects') throw usageErrors.filter_unsupported();
  where.add(query.by.slice(METADATA.length), (key) => `key = ${key}`);
  return 'metadata';
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

/** `by` was checked against a list: it names a column. */
function columnOf(by: string): string {
  return by === 'operation' ? by : `${by}_id`;
}
