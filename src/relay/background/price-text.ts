import type { PriceText } from '../../journal/pending-response-record.js';
import type { PriceEntry, PriceTable } from '../../snapshot/snapshot.js';

/** A price as it is kept with a response whose use is not known yet. */
export function toPriceText(price: PriceEntry | null): PriceText | null {
  if (!price) return null;
  const tiers = price.tiers.map(({ aboveTokens, buckets }) => ({ aboveTokens, buckets: texts(buckets) }));
  return { id: price.id, effectiveFrom: price.effectiveFrom, buckets: texts(price.buckets), tiers };
}

/** The same price again. */
export function fromPriceText(text: PriceText | null): PriceEntry | null {
  if (!text) return null;
  const tiers = text.tiers.map(({ aboveTokens, buckets }) => ({ aboveTokens, buckets: amounts(buckets) }));
  return { id: text.id, effectiveFrom: text.effectiveFrom, buckets: amounts(text.buckets), tiers };
}

function texts(buckets: PriceTable): Record<string, string> {
  return Object.fromEntries(Object.entries(buckets).map(([name, micros]) => [name, String(micros)]));
}

function amounts(buckets: Readonly<Record<string, string>>): PriceTable {
  return Object.fromEntries(Object.entries(buckets).map(([name, micros]) => [name, BigInt(micros)]));
}
