import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  IsArray,
  IsIn,
  IsInt,
  IsObject,
  IsOptional,
  IsString,
  Length,
  Max,
  Min,
  ValidateNested,
} from 'class-validator';
import { Omittable } from '../common/http/omittable.decorator.js';
import { IsPriceTable } from '../models/is-price-table.decorator.js';
import type { PriceTexts } from '../models/price-table.js';
import { type JsonObject } from '../snapshot/snapshot.js';

export class SystemPromptInput {
  /** @example "Answer in one paragraph." */
  @IsString()
  @Length(1, 32_000)
  text!: string;

  /** Before the caller's system prompt, after it, or in its place. */
  @IsIn(['prepend', 'append', 'replace'])
  position!: 'prepend' | 'append' | 'replace';
}

/** What a profile changes in a request before it goes upstream. */
export class PolicyInput {
  /**
   * Fills what the caller left out, recursively into objects.
   * @example { "temperature": 0.2 }
   */
  @Omittable()
  @IsObject()
  defaults?: JsonObject;

  /**
   * Replaces what the caller sent, recursively into objects.
   * @example { "max_tokens": 1200 }
   */
  @Omittable()
  @IsObject()
  overrides?: JsonObject;

  /** For chat alone. */
  @IsOptional()
  @ValidateNested()
  @Type(() => SystemPromptInput)
  systemPrompt?: SystemPromptInput | null;

  /**
   * What becomes of calls with settings that the model has no place for: left out and named, or refused. What has no
   * influence on the answer (`prompt_cache_key`, `metadata`, `user`…) is never a reason to refuse.
   */
  @Omittable()
  @IsIn(['lenient', 'strict'])
  parameters?: 'lenient' | 'strict';
}

export class PriceTierInput {
  /**
   * It applies to calls with more input tokens than this.
   * @example 200000
   */
  @IsInt()
  @Min(1)
  @Max(100_000_000)
  aboveTokens!: number;

  /** Prices by bucket, as in the price itself. */
  @IsPriceTable()
  buckets!: PriceTexts;
}

/** A price that counts instead of the model's. */
export class PriceOverrideInput {
  /**
   * USD as decimal texts, by the same buckets as a model's price.
   * @example { "input": "0.15", "output": "0.60" }
   */
  @IsPriceTable()
  buckets!: PriceTexts;

  /** Other prices for large inputs. */
  @Omittable()
  @IsArray()
  @ArrayMaxSize(10)
  @ValidateNested({ each: true })
  @Type(() => PriceTierInput)
  tiers?: PriceTierInput[];
}
