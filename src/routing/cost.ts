import type { LedgerUsage } from '../journal/ledger-record.js';
import type { PriceBucket, PriceEntry, PriceTable } from '../snapshot/snapshot.js';

const PER_MILLION = 1_000_000n;
const MS_PER_MINUTE = 60_000n;

/** The price in force at a time (ms since epoch), from a list that is newest first; `null` when there is none. */
export function priceAt(prices: readonly PriceEntry[], atMs: number): PriceEntry | null {
  for (const price of prices) if (price.effectiveFrom <= atMs) return price;
  return null;
}

/**
 * What a call costs, in pUSD, exact (a part of a minute is rounded to the nearest pUSD). `null`: unpriced, because there
 * is no price, or something was used whose bucket has none.
 */
export function costOf(price: PriceEntry | null, usage: LedgerUsage): bigint | null {
  if (!price) return null;
  const buckets = tierFor(price, usage.input_tokens);
  const bill = new Bill(buckets);
  charge(bill, usage);
  return bill.isPriced && isPricedAtAll(buckets) ? bill.total : null;
}

type Scale = (units: bigint, micros: bigint) => bigint;

/** What has been charged so far, in pUSD. */
class Bill {
  total: bigint;
  /** Whether all that was used has a price. */
  isPriced = true;

  constructor(private readonly buckets: PriceTable) {
    this.total = buckets.request === undefined ? 0n : buckets.request * PER_MILLION;
  }

  add(bucket: PriceBucket, units: number, scale: Scale = perMillion): void {
    if (units <= 0) return;
    const unitPrice = bucketPrice(this.buckets, bucket);
    if (unitPrice === undefined) this.isPriced = false;
    else this.total += scale(BigInt(units), unitPrice);
  }
}

/** µUSD per 1M units × units = pUSD. */
const perMillion: Scale = (units, micros) => units * micros;
/** µUSD per unit × units × 10⁶ = pUSD. */
const perUnit: Scale = (units, micros) => units * micros * PER_MILLION;
/** µUSD per minute × ms × 10⁶ ÷ 60,000 = pUSD, rounded half up. */
const perMinute: Scale = (ms, micros) => (ms * micros * PER_MILLION * 2n + MS_PER_MINUTE) / (MS_PER_MINUTE * 2n);

/**
 * The parts of a call, disjoint. Cached, cache-write, audio and image tokens are inside the input, reasoning, audio and
 * images inside the output; of sound and pictures that came from the cache nobody tells, so what the cache had goes first.
 */
function charge(bill: Bill, usage: LedgerUsage): void {
  const cacheWrite5m = Math.max(0, usage.cache_write_tokens - usage.cache_write_1h_tokens);
  const fresh = Math.max(0, usage.input_tokens - usage.cached_input_tokens - usage.cache_write_tokens);
  const audioInput = Math.min(usage.audio_input_tokens, fresh);
  const imageInput = Math.min(usage.image_input_tokens, fresh - audioInput);
  const special = usage.reasoning_tokens + usage.audio_output_tokens + usage.image_output_tokens;
  const output = Math.max(0, usage.output_tokens - special);
  bill.add('input', fresh - audioInput - imageInput);
  bill.add('cachedInput', usage.cached_input_tokens);
  bill.add('cacheWrite5m', cacheWrite5m);
  bill.add('cacheWrite1h', usage.cache_write_1h_tokens);
  bill.add('audioInput', audioInput);
  bill.add('imageInput', imageInput);
  bill.add('output', output);
  bill.add('reasoning', usage.reasoning_tokens);
  bill.add('audioOutput', usage.audio_output_tokens);
  bill.add('imageOutput', usage.image_output_tokens);
  bill.add('characters', usage.characters);
  bill.add('image', usage.images, perUnit);
  bill.add('minute', usage.audio_ms, perMinute);
  bill.add('search', usage.searches, perUnit);
}

/** Where a bucket's price comes from when it has none of its own. */
const FALLBACK: Readonly<Partial<Record<PriceBucket, PriceBucket>>> = {
  cachedInput: 'input',
  cacheWrite5m: 'input',
  cacheWrite1h: 'cacheWrite5m',
  audioInput: 'input',
  reasoning: 'output',
  audioOutput: 'output',
  imageInput: 'input',
  imageOutput: 'output',
};

/** Units that are metered for reports, and charged only where a price names them. */
const OPTIONAL: ReadonlySet<PriceBucket> = new Set(['characters', 'image', 'minute', 'search']);

function bucketPrice(buckets: PriceTable, bucket: PriceBucket): bigint | undefined {
  let name: PriceBucket | undefined = bucket;
  while (name !== undefined) {
    const own = buckets[name];
    if (own !== undefined) return own;
    name = FALLBACK[name];
  }
  return OPTIONAL.has(bucket) && isPricedAtAll(buckets) ? 0n : undefined;
}

function isPricedAtAll(buckets: PriceTable): boolean {
  for (const _ in buckets) return true;
  return false;
}

/** The whole call is charged at the highest tier that its input has passed. */
function tierFor({ tiers, buckets }: PriceEntry, inputTokens: number): PriceTable {
  let result = buckets;
  for (const tier of tiers) if (inputTokens > tier.aboveTokens) result = { ...buckets, ...tier.buckets };
  return result;
}
