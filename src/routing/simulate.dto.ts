import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  IsArray,
  IsIn,
  IsInt,
  IsObject,
  IsString,
  Length,
  Max,
  Min,
  ValidateNested,
} from 'class-validator';
import { IsInstant } from '../common/http/instant.decorator.js';
import { Omittable } from '../common/http/omittable.decorator.js';
import { OPERATIONS, type JsonObject, type Operation } from '../snapshot/snapshot.js';
import { FeaturesInput } from './features.dto.js';
import { HintsInput } from './hints.dto.js';
import { SeenInput } from './seen.dto.js';

const MAX_SEED = 4_294_967_295;

/** A request to plan without making it. */
export class SimulateRequest {
  /**
   * The profile, by name, alias or id.
   * @example support-chat
   */
  @IsString()
  @Length(1, 128)
  profile!: string;

  /** The project's id or name; may be left out by a caller that reaches one project only. */
  @Omittable()
  @IsString()
  @Length(1, 64)
  project?: string;

  /** What the request would be; the profile's operation if left out. */
  @Omittable()
  @IsIn(OPERATIONS)
  operation?: Operation;

  /**
   * The body that a client would send, in OpenAI's dialect or Anthropic's.
   * @example { "messages": [{ "role": "user", "content": "Hello" }] }
   */
  @Omittable()
  @IsObject()
  body?: JsonObject;

  /** In place of what the body says. */
  @Omittable()
  @ValidateNested()
  @Type(() => FeaturesInput)
  features?: FeaturesInput;

  /** As if the token allowed them. */
  @Omittable()
  @ValidateNested()
  @Type(() => HintsInput)
  hints?: HintsInput;

  /** What decides where chance does; any number if left out. */
  @Omittable()
  @IsInt()
  @Min(0)
  @Max(MAX_SEED)
  seed?: number;

  /** When the request would be made; now if left out. */
  @IsInstant()
  at?: string;

  /** What is known of models, in place of what the answering process knows. Models that are left out are idle and well. */
  @Omittable()
  @IsArray()
  @ArrayMaxSize(50)
  @ValidateNested({ each: true })
  @Type(() => SeenInput)
  seen?: SeenInput[];
}
