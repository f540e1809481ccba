import { IsBoolean, IsIn, IsInt, IsObject, IsOptional, IsString, Max, MaxLength, Min } from 'class-validator';
import { Omittable } from '../common/http/omittable.decorator.js';
import { RESPONSE_FORMATS, type ResponseFormat } from '../snapshot/routing-entry.js';

const MAX_TOKENS = 1_000_000_000;

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
