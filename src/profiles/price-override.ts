import { parseMicros } from '../common/money.js';
import type { PriceTexts, TierTexts } from '../models/price-table.js';
import type { PriceEntry, PriceTable } from '../snapshot/snapshot.js';

/** The price a profile charges whichever model answers: decimal texts in USD, as the API and the revisions have them. */
export interface PriceOverride {
  readonly buckets: PriceTexts;
  readonly tiers: readonly TierTexts[];
}

/** The override as the data plane prices with it: in force since ever. */
export function toPriceEntry(id: string, { buckets, tiers }: PriceOverride): PriceEntry {
  return {
    id,
    effectiveFrom: 0,
    buckets: toTable(buckets),
    tiers: tiers
      .map((tier) => ({ aboveTokens: tier.aboveTokens, buckets: toTable(tier.buckets) }))
      .toSorted((a, b) => a.aboveTokens - b.aboveTokens),
  };
}

/** The texts were checked when they were saved; one that is none would be unpriced, never free. */
function toTable(texts: PriceTexts): PriceTable {
  const read = Object.entries(texts).map(([bucket, text]) => [bucket, parseMicros(text)] as const);
  return Object.fromEntries(read.filter(([, micros]) => micros !== undefined));
}
