import type { PriceBucket, PriceEntry, PriceTable } from '../../snapshot/snapshot.js';

/** The highest unit prices that a price may come to, over its tiers and over what a token may turn out to be. */
export interface Dearest {
  readonly input: bigint;
  readonly output: bigint;
  /** The two as doubles, which are exact for all prices that anybody has. */
  readonly inputNumber: number;
  readonly outputNumber: number;
  readonly request: bigint;
  readonly character: bigint;
  readonly image: bigint;
  readonly minute: bigint;
}

const known = new WeakMap<PriceEntry, Dearest>();

/** Those of a price, in its own units. */
export function dearestOf(price: PriceEntry): Dearest {
  let found = known.get(price);
  if (!found) {
    const tables = [price.buckets, ...price.tiers.map(({ buckets }) => buckets)];
    const most = (...names: PriceBucket[]): bigint => highest(tables, names);
    const input = most('input', 'cacheWrite5m', 'cacheWrite1h', 'audioInput', 'imageInput');
    const output = most('output', 'reasoning', 'audioOutput', 'imageOutput');
    found = {
      input,
      output,
      inputNumber: Number(input),
      outputNumber: Number(output),
      request: most('request'),
      character: most('characters'),
      image: most('image'),
      minute: most('minute'),
    };
    known.set(price, found);
  }
  return found;
}

function highest(tables: readonly PriceTable[], names: readonly PriceBucket[]): bigint {
  let most = 0n;
  for (const table of tables) {
    for (const name of names) {
      const price = table[name] ?? 0n;
      if (price > most) most = price;
    }
  }
  return most;
}
