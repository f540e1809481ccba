import { Type } from 'class-transformer';
import { IsIn, IsInt, IsString, Max, MaxLength, Min } from 'class-validator';
import { Omittable } from '../common/http/omittable.decorator.js';
import { UsageShare } from './usage.dto.js';

const GROUPS = ['model', 'provider', 'token', 'mode'] as const;

export class UsageWindowsQuery {
  /** What to break down by. A `mode` is the one that the call wished, else its profile's. */
  @IsIn(GROUPS)
  by!: (typeof GROUPS)[number];

  /** One project, by id or name. */
  @Omittable()
  @IsString()
  @MaxLength(200)
  project?: string;

  /** How many of the dearest to return for each window. 100 by default. */
  @Omittable()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(1000)
  limit?: number;
}

export class UsageWindow {
  window!: '1m' | '5m' | '1h' | '24h';
  /** Exact for the minutes; the hours begin with a quarter of an hour. */
  from!: Date;
  to!: Date;
  /** The dearest first. */
  items!: UsageShare[];
}

export class UsageWindows {
  by!: string;
  windows!: UsageWindow[];
}
