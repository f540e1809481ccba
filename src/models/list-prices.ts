import type { PricePrefill } from '../catalogue/catalogue.service.js';
import type { NewPrice } from './prices.service.js';

/** List prices as prices of a model: the first begins now, the announced ones on their day (UTC). */
export function toNewPrices({ prices, priceSource }: PricePrefill, today = new Date()): NewPrice[] {
  const day = today.toISOString().slice(0, 10);
  return prices.map(({ effectiveFrom, buckets, tiers }) => ({
    buckets,
    tiers,
    source: priceSource,
    ...(effectiveFrom !== null && effectiveFrom > day && { effectiveFrom: new Date(effectiveFrom) }),
  }));
}
