import { Type } from 'class-transformer';
import { ArrayMaxSize, IsArray, IsDate, IsInt, Max, Min, ValidateNested } from 'class-validator';
import { Omittable } from '../common/http/omittable.decorator.js';
import { IsPriceTable } from './is-price-table.decorator.js';
import type { Price } from './price.entity.js';
import { toTexts, toTierTexts, type PriceTexts } from './price-table.js';

/** Other prices for the whole call once its input is larger. */
export class PriceTier {
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

/** A new price. */
export class CreatePrice {
  /** From when on it applies; now if left out. */
  @Omittable()
  @Type(() => Date)
  @IsDate()
  effectiveFrom?: Date;

  /**
   * USD as decimal texts: per 1M for `input`, `cachedInput`, `cacheWrite5m`, `cacheWrite1h`, `output`, `reasoning`,
   * `audioInput`, `audioOutput`, `imageInput`, `imageOutput` (tokens) and `characters`; per unit for `image`, `minute`,
   * `request` and `search`. What is left out falls back to its base (cached input to input), or is unpriced.
   * @example { "input": "0.15", "cachedInput": "0.075", "output": "0.60" }
   */
  @IsPriceTable()
  buckets!: PriceTexts;

  /** Other prices for large inputs. */
  @Omittable()
  @IsArray()
  @ArrayMaxSize(10)
  @ValidateNested({ each: true })
  @Type(() => PriceTier)
  tiers?: PriceTier[];
}

/** A price as it is shown. */
export class PriceView {
  id!: string;
  effectiveFrom!: Date;
  /** `manual`, or `catalogue@` and its version. */
  source!: string;
  buckets!: PriceTexts;
  tiers!: PriceTier[];
  createdAt!: Date;
}

/** A model's prices, newest first. */
export class PricesView {
  items!: PriceView[];
}

/** Shows a price in USD. */
export function toPriceView(price: Price): PriceView {
  const { id, effectiveFrom, source, createdAt } = price;
  return { id, effectiveFrom, source, buckets: toTexts(price), tiers: toTierTexts(price), createdAt };
}
