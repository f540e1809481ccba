import { OmitType, PartialType } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayUnique,
  IsArray,
  IsBoolean,
  IsIn,
  IsInt,
  IsOptional,
  IsString,
  Length,
  Matches,
  Max,
  MaxLength,
  Min,
  ValidateNested,
} from 'class-validator';
import { Omittable } from '../common/http/omittable.decorator.js';
import { PageQuery } from '../common/http/paging.js';
import { Trim } from '../common/http/trim.decorator.js';
import { OPERATIONS, type JsonObject, type Operation } from '../snapshot/snapshot.js';
import { IsCondition } from './is-condition.decorator.js';
import { AttemptsInput } from './profile-attempts.dto.js';
import { PolicyInput, PriceOverrideInput } from './profile-policy.dto.js';
import { RoutingInput } from './profile-routing.dto.js';

/** `*` is the profile of tokens that allow for it, for names that no profile has. */
export const PROFILE_NAME = /^(?:\*|[A-Za-z0-9][A-Za-z0-9._:/-]{0,127})$/;
export const PROFILE_NAME_RULE =
  '$property must be 1 to 128 letters, digits or ._:/-, a letter or digit first; or * alone';

/** A model that a profile may lead to. */
export class TargetInput {
  /**
   * The model: its id, `provider/name`, or its name if only one provider has it.
   * @example openai-eu/gpt-4o-mini
   */
  @Trim()
  @IsString()
  @Length(1, 300)
  model!: string;

  /** How much it counts among those of the same priority. 1 if left out. */
  @Omittable()
  @IsInt()
  @Min(0)
  @Max(1000)
  weight?: number;

  /** Lower goes first; those of the same priority in the order in which they are given. 0 if left out. */
  @Omittable()
  @IsInt()
  @Min(0)
  @Max(1000)
  priority?: number;

  /** `true` if left out. */
  @Omittable()
  @IsBoolean()
  isEnabled?: boolean;

  /**
   * When it may be chosen; `null` or left out: always.
   * @example { "any": [{ "when": "input_tokens", "max": 8000 }, { "when": "header", "key": "x-tier", "in": ["free"] }] }
   */
  @IsOptional()
  @IsCondition()
  conditions?: JsonObject | null;
}

/** A new profile. */
export class CreateProfile {
  /**
   * What clients put in `model`. Unique in the project, aliases included.
   * @example support-chat
   */
  @Trim()
  @Matches(PROFILE_NAME, { message: PROFILE_NAME_RULE })
  name!: string;

  /**
   * Other names that mean the same profile.
   * @example ["gpt-4o-mini"]
   */
  @Omittable()
  @IsArray()
  @ArrayMaxSize(20)
  @ArrayUnique()
  @Matches(PROFILE_NAME, { each: true, message: `each of ${PROFILE_NAME_RULE}` })
  aliases?: string[];

  @IsOptional()
  @Trim()
  @IsString()
  @MaxLength(1000)
  description?: string | null;

  /** What it is called for. `chat` if left out. */
  @Omittable()
  @IsIn(OPERATIONS)
  operation?: Operation;

  /** A disabled profile stops all tokens from using it. `true` if left out. */
  @Omittable()
  @IsBoolean()
  isEnabled?: boolean;

  /** Where requests go. */
  @Omittable()
  @IsArray()
  @ArrayMaxSize(50)
  @ValidateNested({ each: true })
  @Type(() => TargetInput)
  targets?: TargetInput[];

  /** How it chooses among targets of the same priority; `null`: in their order. */
  @IsOptional()
  @ValidateNested()
  @Type(() => RoutingInput)
  routing?: RoutingInput | null;

  /** How far it goes for an answer; `null`: as far as all do. */
  @IsOptional()
  @ValidateNested()
  @Type(() => AttemptsInput)
  attempts?: AttemptsInput | null;

  /**
   * For how many seconds the same request gets the same answer again, without an upstream; `null`: never.
   * @example 3600
   */
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(604_800)
  cacheSeconds?: number | null;

  /** What it changes in requests; `null`: nothing. */
  @IsOptional()
  @ValidateNested()
  @Type(() => PolicyInput)
  policy?: PolicyInput | null;

  /** Its own price; `null`: that of the model which answers. */
  @IsOptional()
  @ValidateNested()
  @Type(() => PriceOverrideInput)
  priceOverride?: PriceOverrideInput | null;

  /** Which name answers carry: the profile's, or the one that the upstream says. `profile` if left out. */
  @Omittable()
  @IsIn(['profile', 'upstream'])
  responseModel?: 'profile' | 'upstream';
}

// `skipNullProperties: false`: a field may be left out, but `null` must still pass its own checks.
/** The fields to change; those left out stay as they are. Lists and objects are replaced whole. */
export class UpdateProfile extends PartialType(CreateProfile, { skipNullProperties: false }) {}

/** The body of a create-or-update: what is left out keeps its value, or gets the default in a new profile. */
export class PutProfile extends PartialType(OmitType(CreateProfile, ['name']), { skipNullProperties: false }) {}

export class RollBackProfile {
  /**
   * The number of the revision to go back to.
   * @example 3
   */
  @IsInt()
  @Min(1)
  @Max(2_000_000_000)
  revision!: number;
}

/** Where a profile is created. */
export class ProfilePlace {
  /** The project's id or name; may be left out by a caller that reaches one project only. */
  @Omittable()
  @IsString()
  @Length(1, 64)
  project?: string;
}

/** Which profiles a list shows. */
export class ListProfiles extends PageQuery {
  /** Only those of this project, by id or name. */
  @Omittable()
  @IsString()
  @Length(1, 64)
  project?: string;

  @Omittable()
  @IsIn(OPERATIONS)
  operation?: Operation;

  @Omittable()
  @IsIn(['true', 'false'])
  isEnabled?: 'true' | 'false';

  /** Exactly this name or alias. */
  @Omittable()
  @IsString()
  @Length(1, 128)
  name?: string;

  /** A part of the name, an alias or the description. */
  @Omittable()
  @IsString()
  @Length(1, 200)
  q?: string;
}
