import { formatMicros } from '../common/money.js';
import type { PriceBucket } from '../snapshot/snapshot.js';

/** USD as decimal texts by bucket, as the API takes prices: per 1M tokens or characters, or per image, minute, request, search. */
export type PriceTexts = Partial<Record<PriceBucket, string>>;

/** Other prices for the whole call once its input is larger. */
export interface ListTier {
  readonly aboveTokens: number;
  readonly buckets: PriceTexts;
}

/** A published price. */
export interface ListPrice {
  /** The day it came into force, `YYYY-MM-DD`; `null` since ever. */
  readonly effectiveFrom: string | null;
  readonly buckets: PriceTexts;
  /** Ascending. */
  readonly tiers: readonly ListTier[];
}

const DIGITS = 6;
/** Dearer than this per million tokens is a mistake in the data. */
const DEAREST_USD = 1_000_000;

/**
 * A JSON number of USD, divided by `parts`, as a decimal text with at most six decimals. It goes through the number's
 * shortest text, not through floating point, and rounds half up. `undefined` for what is no price, and for a price that
 * would be rounded to nothing: unknown is not free.
 */
export function usdText(usd: unknown, parts = 1n): string | undefined {
  if (typeof usd !== 'number' || !(usd >= 0 && usd <= DEAREST_USD)) return undefined;
  const { units, scale } = decimalOf(usd);
  const divisor = parts * 10n ** BigInt(scale);
  const micros = (units * 10n ** BigInt(DIGITS) * 2n + divisor) / (divisor * 2n);
  return micros === 0n && usd > 0 ? undefined : formatMicros(micros);
}

/** `units / 10 ** scale` is exactly what the number's shortest text says: 2.5e-7 is 25 / 10⁸. */
function decimalOf(value: number): { units: bigint; scale: number } {
  const [mantissa = '0', exponent = '0'] = String(value).split('e');
  const [whole = '0', fraction = ''] = mantissa.split('.');
  const scale = fraction.length - Number(exponent);
  const units = BigInt(whole + fraction);
  return scale >= 0 ? { units, scale } : { units: units * 10n ** BigInt(-scale), scale: 0 };
}

/** The price in force on a day: the latest that began. Prices are in order of their beginning. */
export function priceOn(prices: readonly ListPrice[], day: string): ListPrice | null {
  return prices.findLast(({ effectiveFrom }) => effectiveFrom === null || effectiveFrom <= day) ?? null;
}

/** Whether everything costs nothing: a free model, or one that a subscription pays for. */
export function isFree({ buckets }: ListPrice): boolean {
  const texts = Object.values(buckets);
  return texts.length > 0 && texts.every((text) => text === '0');
}
