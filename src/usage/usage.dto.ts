import { Type } from 'class-transformer';
import { IsIn, IsInt, IsString, IsTimeZone, IsUUID, Matches, Max, MaxLength, Min } from 'class-validator';
import { Omittable } from '../common/http/omittable.decorator.js';
import { OPERATIONS, type Operation } from '../snapshot/snapshot.js';
import { IsInstant } from '../common/http/instant.decorator.js';
import { PercentilesView } from './percentiles.js';
import { UsedView } from './request.dto.js';

export const INTERVALS = ['minute', 'hour', 'day', 'month'] as const;
export type Interval = (typeof INTERVALS)[number];

/** What usage is asked for. Ranges are widened to whole quarter hours. */
export class UsageQuery {
  /**
   * From when. 30 days before `to` by default.
   * @example 2026-11-01T00:00:00Z
   */
  @IsInstant()
  from?: string;

  /** Until when. Now by default. */
  @IsInstant()
  to?: string;

  /** One project, by id or name. */
  @Omittable()
  @IsString()
  @MaxLength(200)
  project?: string;

  /** The id of a token. */
  @Omittable()
  @IsUUID()
  token?: string;

  /** The id of a profile. */
  @Omittable()
  @IsUUID()
  profile?: string;

  /** The id of a model. */
  @Omittable()
  @IsUUID()
  model?: string;

  /** The id of a provider. */
  @Omittable()
  @IsUUID()
  provider?: string;

  /** One operation. */
  @Omittable()
  @IsIn(OPERATIONS)
  operation?: Operation;

  /** `csv` downloads a table; so does `Accept: text/csv`. */
  @Omittable()
  @IsIn(['json', 'csv'])
  format?: 'json' | 'csv';
}

export class UsageSeriesQuery extends UsageQuery {
  /** How long a point is. `day` by default. By minute a range may span a day at most, by hour 100 days. */
  @Omittable()
  @IsIn(INTERVALS)
  interval?: Interval;

  /**
   * In whose days and months to count. UTC by default.
   * @example Europe/Zurich
   */
  @Omittable()
  @IsTimeZone()
  @Matches(/^[A-Za-z]/, { message: '$property must be a name such as Europe/Zurich' })
  timeZone?: string;
}

export class UsageBreakdownQuery extends UsageQuery {
  /**
   * What to break down by: token, profile, model, provider, project, operation, or a metadata key.
   * @example metadata:team
   */
  @Matches(/^(token|profile|model|provider|project|operation|metadata:.{1,200})$/, {
    message: '$property must be token, profile, model, provider, project, operation or metadata:<key>',
  })
  by!: string;

  /** How many of the dearest to return. 100 by default. */
  @Omittable()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(1000)
  limit?: number;
}

/** What happened in a range. What was used and what it cost is counted for each attempt, under its own provider. */
export class UsageMetrics {
  requests!: number;
  /** Requests that ended otherwise than well; a caller who left is counted apart. */
  errors!: number;
  cancelled!: number;
  /**
   * Errors per request.
   * @example 0.015
   */
  errorRate!: number;
  attempts!: number;
  used!: UsedView;
  /**
   * In USD, exact, without what is unpriced.
   * @example 12.0345
   */
  costUsd!: string;
  /** Attempts whose price is unknown. */
  unpriced!: number;
  /** Attempts whose usage was counted here since the provider did not say. */
  estimated!: number;
  /** Of whole requests, in milliseconds, read from counts per bin: off by a quarter at worst, by far less as a rule. */
  latency!: PercentilesView;
  /** Until the first byte of the answer. */
  firstByte!: PercentilesView;
}

export class UsageTotals extends UsageMetrics {
  from!: Date;
  to!: Date;
}

export class UsagePoint extends UsageMetrics {
  start!: Date;
}

export class UsageSeries {
  interval!: Interval;
  timeZone!: string;
  /** One for each interval of the range, also when nothing happened in it. */
  items!: UsagePoint[];
}

export class UsageShare extends UsageMetrics {
  /**
   * The id, the operation, or the metadata value; `null` is unknown, as with requests refused before it was known. By
   * metadata, `null` is all values above `WAGGLE_METADATA_VALUES` together, called `other`.
   */
  key!: string | null;
  /** What it is called now, when it still is there. */
  name!: string | null;
}

export class UsageBreakdown {
  by!: string;
  from!: Date;
  to!: Date;
  /** The dearest first. */
  items!: UsageShare[];
}
