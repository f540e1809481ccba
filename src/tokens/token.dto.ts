import { OmitType, PartialType } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayMinSize,
  ArrayUnique,
  IsArray,
  IsBoolean,
  IsDate,
  IsIn,
  IsInt,
  IsOptional,
  IsString,
  Length,
  Matches,
  Max,
  MaxLength,
  Min,
} from 'class-validator';
import { Omittable } from '../common/http/omittable.decorator.js';
import { PageQuery } from '../common/http/paging.js';
import { Trim } from '../common/http/trim.decorator.js';
import { OPERATIONS, type Operation } from '../snapshot/snapshot.js';
import { IsAddressRange } from './is-address-range.decorator.js';
import { IsMetadata } from './is-metadata.decorator.js';
import { TOKEN_STATUSES, type TokenStatus } from './token-status.js';

export const TOKEN_NAME = /^[A-Za-z0-9][A-Za-z0-9 ._:/@-]{0,127}$/;
export const TOKEN_NAME_RULE = '$property must be 1 to 128 letters, digits, spaces or ._:/@-, a letter or digit first';
const MAX_OVERLAP_SECONDS = 30 * 24 * 3600;

/** A new token. */
export class IssueToken {
  /**
   * Who or what uses it. Unique among the project's tokens that are not revoked.
   * @example "checkout service"
   */
  @Trim()
  @Matches(TOKEN_NAME, { message: TOKEN_NAME_RULE })
  name!: string;

  /**
   * The profiles it may call, by name or id; `null` or left out: all of its project, those to come included.
   * @example ["support-chat"]
   */
  @IsOptional()
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(500)
  @IsString({ each: true })
  @MaxLength(128, { each: true })
  profiles?: string[] | null;

  /**
   * The operations it may call; `null` or left out: all.
   * @example ["chat", "embeddings"]
   */
  @IsOptional()
  @IsArray()
  @ArrayMinSize(1)
  @ArrayUnique()
  @IsIn(OPERATIONS, { each: true })
  scopes?: Operation[] | null;

  /**
   * When it stops working; `null` or left out: never.
   * @example 2027-01-01T00:00:00.000Z
   */
  @IsOptional()
  @Type(() => Date)
  @IsDate()
  expiresAt?: Date | null;

  /**
   * The addresses and CIDR ranges it may be used from; `null` or left out: any.
   * @example ["10.0.0.0/8"]
   */
  @IsOptional()
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(100)
  @IsAddressRange()
  allowedAddresses?: string[] | null;

  /**
   * Labels of your own, by which usage can be broken down.
   * @example { "team": "search" }
   */
  @IsOptional()
  @IsMetadata()
  metadata?: Record<string, string> | null;

  /**
   * Whether its calls may say how they wish to be routed, in headers `x-waggle-mode`, `x-waggle-max-cost`,
   * `x-waggle-max-latency` and `x-waggle-prefer`. `false` if left out: such headers are ignored.
   */
  @Omittable()
  @IsBoolean()
  allowsHints?: boolean;

  /** Whether wishes in prompts (`@@waggle mode=cheap`) are heard and taken out. `false` if left out. */
  @Omittable()
  @IsBoolean()
  allowsDirectives?: boolean;

  /** Whether names that no profile has lead to the profile `*`. `false` if left out: they get 404. */
  @Omittable()
  @IsBoolean()
  allowsWildcard?: boolean;

  /** Whether it works. `true` if left out. */
  @Omittable()
  @IsBoolean()
  isEnabled?: boolean;
}

// `skipNullProperties: false`: a field may be left out, but `null` must still pass its own checks.
/** The fields to change; those left out stay as they are. */
export class UpdateToken extends PartialType(IssueToken, { skipNullProperties: false }) {}

/** The body of a create-or-update: what is left out keeps its value, or gets the default in a new token. */
export class PutToken extends PartialType(OmitType(IssueToken, ['name']), { skipNullProperties: false }) {}

export class RotateToken {
  /**
   * For how many seconds the old text still works, up to 30 days. 0 if left out: it stops at once.
   * @example 3600
   */
  @Omittable()
  @IsInt()
  @Min(0)
  @Max(MAX_OVERLAP_SECONDS)
  overlapSeconds?: number;
}

/** Where a token is created. */
export class TokenPlace {
  /** The project's id or name; may be left out by a caller that reaches one project only. */
  @Omittable()
  @IsString()
  @Length(1, 64)
  project?: string;
}

/** Which tokens a list shows. */
export class ListTokens extends PageQuery {
  /** Only those of this project, by id or name. */
  @Omittable()
  @IsString()
  @Length(1, 64)
  project?: string;

  /** Only those that may call this profile, by id, name or alias. */
  @Omittable()
  @IsString()
  @Length(1, 128)
  profile?: string;

  @Omittable()
  @IsIn(TOKEN_STATUSES)
  status?: TokenStatus;

  /** A part of the name, or the public id. */
  @Omittable()
  @IsString()
  @Length(1, 200)
  q?: string;
}
