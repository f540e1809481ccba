import { OmitType, PartialType, PickType } from '@nestjs/swagger';
import { Transform, Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayUnique,
  IsArray,
  IsBoolean,
  IsDate,
  IsIn,
  IsInt,
  IsOptional,
  IsString,
  IsTimeZone,
  Length,
  Matches,
  Max,
  MaxLength,
  Min,
} from 'class-validator';
import { Omittable } from '../common/http/omittable.decorator.js';
import { PageQuery } from '../common/http/paging.js';
import { Trim } from '../common/http/trim.decorator.js';
import {
  ALLOWANCE_METRICS,
  ALLOWANCE_SCOPES,
  ALLOWANCE_WINDOWS,
  type AllowanceMetric,
  type AllowanceScope,
  type AllowanceWindow,
} from '../snapshot/allowances.js';

export const ALLOWANCE_NAME = /^[A-Za-z0-9][A-Za-z0-9 ._:/@-]{0,127}$/;
export const ALLOWANCE_NAME_RULE =
  '$property must be 1 to 128 letters, digits, spaces or ._:/@-, a letter or digit first';
const MAX_ROLLING_SECONDS = 31 * 24 * 3600;

/** A number may be sent for a limit as well as its text. */
const AsText = (): PropertyDecorator =>
  Transform(({ value }: { value: unknown }) => (typeof value === 'number' ? String(value) : value));

/** A new allowance. */
export class CreateAllowance {
  /**
   * What it is called in refusals. Unique in its project, or among those of the whole tenant.
   * @example "checkout, monthly budget"
   */
  @Trim()
  @Matches(ALLOWANCE_NAME, { message: ALLOWANCE_NAME_RULE })
  name!: string;

  /** What it belongs to. All that match a call apply. A run is what a client names in `x-waggle-run`. */
  @IsIn(ALLOWANCE_SCOPES)
  scope!: AllowanceScope;

  /**
   * The profile, token, provider or model it belongs to, by id or name (a model by id); for other scopes left out.
   * @example support-chat
   */
  @Omittable()
  @IsString()
  @Length(1, 128)
  subject?: string;

  /**
   * For metadata: the key, of the token's metadata or else `user` for the body's `user`.
   * @example team
   */
  @Omittable()
  @Matches(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/)
  metadataKey?: string;

  /**
   * For metadata and runs: only this value, or this run; `null` or left out: each has the whole limit for itself.
   * @example search
   */
  @IsOptional()
  @IsString()
  @MaxLength(256)
  metadataValue?: string | null;

  /** What it counts. `seconds` are those since a run's first call. */
  @IsIn(ALLOWANCE_METRICS)
  metric!: AllowanceMetric;

  /** Over what time; left out for concurrency. `total` never starts anew, but by a reset. */
  @Omittable()
  @IsIn(ALLOWANCE_WINDOWS)
  window?: AllowanceWindow;

  /** For rolling windows: how long. */
  @Omittable()
  @IsInt()
  @Min(1)
  @Max(MAX_ROLLING_SECONDS)
  rollingSeconds?: number;

  /**
   * In whose days, weeks and months it counts. UTC if left out.
   * @example Europe/Zurich
   */
  @Omittable()
  @IsTimeZone()
  @Matches(/^[A-Za-z]/, { message: '$property must be a name such as Europe/Zurich' })
  timeZone?: string;

  /**
   * How much: USD with up to six decimals for money, else a whole number.
   * @example 250.00
   */
  @AsText()
  @IsString()
  @MaxLength(24)
  limit!: string;

  /**
   * At which percentages an event tells. 50, 80 and 100 if left out.
   * @example [80, 100]
   */
  @Omittable()
  @IsArray()
  @ArrayMaxSize(10)
  @ArrayUnique()
  @IsInt({ each: true })
  @Min(1, { each: true })
  @Max(100, { each: true })
  thresholds?: number[];

  /** Whether it refuses. One that is not hard only counts and tells. `true` if left out. */
  @Omittable()
  @IsBoolean()
  isHard?: boolean;

  /**
   * For money: whether models are called whose price nobody knows; their use counts nothing. `false` if left out: such
   * targets are passed over, and a call that has no other is refused.
   */
  @IsOptional()
  @IsBoolean()
  allowsUnpriced?: boolean;

  /** What happens while Postgres can't be asked and nothing is leased. `closed` for money if left out, else `open`. */
  @Omittable()
  @IsIn(['open', 'closed'])
  onPostgresDown?: 'open' | 'closed';

  /** `true` if left out. */
  @Omittable()
  @IsBoolean()
  isEnabled?: boolean;
}

const CHANGEABLE = ['name', 'limit', 'thresholds', 'isHard', 'allowsUnpriced', 'onPostgresDown', 'isEnabled'] as const;

/** The fields to change; those left out stay as they are. */
export class UpdateAllowance extends PartialType(PickType(CreateAllowance, CHANGEABLE), {
  skipNullProperties: false,
}) {}

/** The body of a create-or-update. What an existing one counts can't be changed. */
export class PutAllowance extends OmitType(CreateAllowance, ['name']) {}

export class RaiseAllowance {
  /**
   * By how much more than the limit: USD for money, else a whole number.
   * @example 20
   */
  @AsText()
  @IsString()
  @MaxLength(24)
  by!: string;

  /** Until when. */
  @Type(() => Date)
  @IsDate()
  until!: Date;
}

/** Where an allowance is created. */
export class AllowancePlace {
  /** The project's id or name. Without it: the whole tenant, or the caller's only project. */
  @Omittable()
  @IsString()
  @Length(1, 64)
  project?: string;
}

/** Which allowances a list shows. */
export class ListAllowances extends PageQuery {
  /** Only those of this project, by id or name. */
  @Omittable()
  @IsString()
  @Length(1, 64)
  project?: string;

  @Omittable()
  @IsIn(ALLOWANCE_SCOPES)
  scope?: AllowanceScope;

  /** Only those of this profile, token, provider or model, by id. */
  @Omittable()
  @IsString()
  @Length(1, 128)
  subject?: string;

  /** A part of the name. */
  @Omittable()
  @IsString()
  @Length(1, 128)
  q?: string;
}
