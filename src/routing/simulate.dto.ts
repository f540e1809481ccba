import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  IsArray,
  IsBoolean,
  IsIn,
  IsInt,
  IsNumber,
  IsObject,
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
import { IsInstant } from '../common/http/instant.decorator.js';
import { MODES, RESPONSE_FORMATS, type Mode, type ResponseFormat } from '../snapshot/routing-entry.js';
import { OPERATIONS, type JsonObject, type Operation } from '../snapshot/snapshot.js';

const MAX_TOKENS = 1_000_000_000;
const MAX_SEED = 4_294_967_295;
const OUT_OF_SERVICE = ['circuit_open', 'credential_locked', 'credential_missing', 'allowance_used_up', 'max_latency'];
const USD = /^\d{1,9}(\.\d{1,6})?$/;

/** What a caller that may do so wishes. */
export class HintsInput {
  @Omittable()
  @IsIn(MODES)
  mode?: Mode;

  /**
   * USD.
   * @example 0.01
   */
  @Omittable()
  @Matches(USD, { message: '$property must be USD as a decimal text with up to six decimals' })
  maxCostUsd?: string;

  @Omittable()
  @IsInt()
  @Min(1)
  maxLatencyMs?: number;

  /**
   * Models or providers, the dearest first.
   * @example ["openai-eu"]
   */
  @Omittable()
  @IsArray()
  @ArrayMaxSize(20)
  @IsString({ each: true })
  prefer?: string[];

  /**
   * Capabilities that the model must be known to have.
   * @example ["tools"]
   */
  @Omittable()
  @IsArray()
  @ArrayMaxSize(20)
  @IsString({ each: true })
  requires?: string[];
}

/** What a plan may read of a request; what is left out is as in the body, or as in a short text without anything. */
export class FeaturesInput {
  /** How long the prompt is; of no matter when the estimate of its tokens is given alone. */
  @Omittable()
  @IsInt()
  @Min(0)
  promptBytes?: number;

  /** The estimate of the prompt's tokens. */
  @Omittable()
  @IsInt()
  @Min(0)
  @Max(MAX_TOKENS)
  inputTokens?: number;

  @Omittable()
  @IsInt()
  @Min(0)
  @Max(MAX_TOKENS)
  messages?: number;

  @Omittable()
  @IsBoolean()
  isStreamed?: boolean;

  @Omittable()
  @IsBoolean()
  hasTools?: boolean;

  @Omittable()
  @IsBoolean()
  hasImages?: boolean;

  @Omittable()
  @IsBoolean()
  hasAudio?: boolean;

  @Omittable()
  @IsBoolean()
  wantsReasoning?: boolean;

  @Omittable()
  @IsIn(RESPONSE_FORMATS)
  responseFormat?: ResponseFormat;

  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(MAX_TOKENS)
  maxOutput?: number | null;

  @Omittable()
  @IsString()
  @MaxLength(128)
  tokenId?: string;

  @Omittable()
  @IsString()
  @MaxLength(128)
  tokenName?: string;

  /** What stands for the conversation. */
  @IsOptional()
  @IsString()
  @MaxLength(200)
  conversation?: string | null;

  /** How many calls came before, for targets that take turns. */
  @Omittable()
  @IsInt()
  @Min(0)
  turn?: number;

  /**
   * Names in lower case.
   * @example { "x-session-id": "42" }
   */
  @IsOptional()
  @IsObject()
  headers?: Record<string, string | null>;

  /** @example { "user": "ada" } */
  @IsOptional()
  @IsObject()
  metadata?: Record<string, string | null>;
}

/** What is supposed to be known of a model. */
export class SeenInput {
  @IsString()
  @Length(1, 128)
  modelId!: string;

  /** Why it is out of service; left out when it is not. */
  @Omittable()
  @IsIn(OUT_OF_SERVICE)
  reason?: string;

  @Omittable()
  @IsInt()
  @Min(0)
  inFlight?: number;

  @Omittable()
  @IsNumber()
  @Min(0)
  latencyMs?: number;

  /** 0 to 1. */
  @Omittable()
  @IsNumber()
  @Min(0)
  @Max(1)
  failureRate?: number;

  /** How probably it is the best, for profiles that learn. 0 to 1. */
  @Omittable()
  @IsNumber()
  @Min(0)
  @Max(1)
  share?: number;
}

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
