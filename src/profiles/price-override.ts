import type { PriceBucket, PriceEntry, PriceTable } from '../snapshot/snapshot.js';

/** Bucket prices as they are stored in a profile and its revisions: whole µUSD as text, exact at any size. */
export type StoredBuckets = Readonly<Partial<Record<PriceBucket, string>>>;

/** The price a profile charges whichever model answers. */
export interface PriceOverride {
  readonly buckets: StoredBuckets;
  readonly tiers: readonly { readonly aboveTokens: number; readonly buckets: StoredBuckets }[];
}

/** The override as the data plane prices with it: in force since ever. */
export function toPriceEntry(id: string, { buckets, tiers }: PriceOverride): PriceEntry {
  return {
    id,
    effectiveFrom: 0,
    buckets: toTable(buckets),
    tiers: tiers.map((tier) => ({ aboveTokens: tier.aboveTokens, buckets: toTable(tier.buckets) })),
  };
}

function toTable(buckets: StoredBuckets): PriceTable {
  return Object.fromEntries(Object.entries(buckets).map(([bucket, micros]) => [bucket, BigInt(micros)]));
}
