import { formatMicros, parseMicros } from '../common/money.js';
import { PRICE_BUCKETS, type PriceBucket, type PriceEntry, type PriceTable } from '../snapshot/snapshot.js';
import type { Price, StoredTier } from './price.entity.js';

/** Prices as the API has them: decimal texts in USD, per 1M tokens or characters, or per unit. */
export type PriceTexts = Partial<Record<PriceBucket, string>>;

/** A tier as the API has it. */
export interface TierTexts {
  readonly aboveTokens: number;
  readonly buckets: PriceTexts;
}

/** Tells what is wrong with a table of prices, or `undefined`. */
export function priceTextsProblem(table: unknown): string | undefined {
  if (typeof table !== 'object' || table === null || Array.isArray(table)) return 'must be an object of prices';
  const entries = Object.entries(table);
  if (entries.length === 0) return 'must name at least one price';
  const unknown = entries.find(([bucket]) => !PRICE_BUCKETS.includes(bucket as PriceBucket));
  if (unknown) return `must not name ${JSON.stringify(unknown[0])}: there are ${PRICE_BUCKETS.join(', ')}`;
  const wrong = entries.find(([, text]) => typeof text !== 'string' || parseMicros(text) === undefined);
  return wrong && `must have ${wrong[0]} as a decimal text in USD with at most six decimals, such as "0.15"`;
}

/** The columns of a price row for texts that were checked; a bucket that is not named is `null`: unpriced, not free. */
export function toColumns(texts: PriceTexts): Record<PriceBucket, bigint | null> {
  return Object.fromEntries(PRICE_BUCKETS.map((bucket) => [bucket, microsOf(texts[bucket])])) as Record<
    PriceBucket,
    bigint | null
  >;
}

/** Tiers as they are stored, ascending. */
export function toStoredTiers(tiers: readonly TierTexts[]): StoredTier[] {
  return tiers
    .map(({ aboveTokens, buckets }) => ({
      aboveTokens,
      buckets: mapBuckets(buckets, (text) => String(microsOf(text))),
    }))
    .toSorted((a, b) => a.aboveTokens - b.aboveTokens);
}

/** The prices of a row as texts, without those that it doesn't name. */
export function toTexts(price: Price): PriceTexts {
  return mapBuckets(price, formatMicros);
}

/** The tiers of a row as texts. */
export function toTierTexts({ tiers }: Price): TierTexts[] {
  return tiers.map(({ aboveTokens, buckets }) => ({
    aboveTokens,
    buckets: mapBuckets(buckets, (micros) => formatMicros(BigInt(micros))),
  }));
}

/** The row as the data plane reads it. */
export function toPriceEntry(price: Price): PriceEntry {
  return {
    id: price.id,
    effectiveFrom: price.effectiveFrom.getTime(),
    buckets: mapBuckets(price, (micros) => micros) satisfies PriceTable,
    tiers: price.tiers.map(({ aboveTokens, buckets }) => ({ aboveTokens, buckets: mapBuckets(buckets, BigInt) })),
  };
}

function microsOf(text: string | undefined): bigint | null {
  return text === undefined ? null : (parseMicros(text) ?? null);
}

function mapBuckets<V, R>(
  table: Readonly<Partial<Record<PriceBucket, V | null>>>,
  map: (value: V) => R,
): Partial<Record<PriceBucket, R>> {
  const mapped: Partial<Record<PriceBucket, R>> = {};
  for (const bucket of PRICE_BUCKETS) {
    const value = table[bucket];
    if (value !== null && value !== undefined) mapped[bucket] = map(value);
  }
  return mapped;
}
