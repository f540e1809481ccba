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
  let total = buckets.request === undefined ? 0n : buckets.request * PER_MILLION;
  for (const { units, bucket, scale } of amounts(usage)) {
    if (units <= 0) continue;
    const unitPrice = bucketPrice(buckets, bucket);
    if (unitPrice === undefined) return null;
    total += scale(BigInt(units), unitPrice);
  }
  return isPricedAtAll(buckets) ? total : null;
}

interface Amount {
  readonly units: number;
  readonly bucket: PriceBucket;
  readonly scale: (units: bigint, micros: bigint) => bigint;
}

/** µUSD per 1M units × units = pUSD. */
const perMillion = (units: bigint, micros: bigint): bigint => units * micros;
/** µUSD per unit × units × 10⁶ = pUSD. */
const perUnit = (units: bigint, micros: bigint): bigint => units * micros * PER_MILLION;
/** µUSD per minute × ms × 10⁶ ÷ 60,000 = pUSD, rounded half up. */
const perMinute = (ms: bigint, micros: bigint): bigint =>
  (ms * micros * PER_MILLION * 2n + MS_PER_MINUTE) / (MS_PER_MINUTE * 2n);

/**
 * The parts of a call, disjoint. Cached, cache-write, audio and image tokens are inside the input, reasoning, audio and
 * images inside the output; of sound and pictures that came from the cache nobody tells, so what the cache had goes first.
 */
function amounts(usage: LedgerUsage): Amount[] {
  const cacheWrite5m = Math.max(0, usage.cache_write_tokens - usage.cache_write_1h_tokens);
  const fresh = Math.max(0, usage.input_tokens - usage.cached_input_tokens - usage.cache_write_tokens);
  const audioInput = Math.min(usage.audio_input_tokens, fresh);
  const imageInput = Math.min(usage.image_input_tokens, fresh - audioInput);
  const special = usage.reasoning_tokens + usage.audio_output_tokens + usage.image_output_tokens;
  const output = Math.max(0, usage.output_tokens - special);
  return [
    { units: fresh - audioInput - imageInput, bucket: 'input', scale: perMillion },
    { units: usage.cached_input_tokens, bucket: 'cachedInput', scale: perMillion },
    { units: cacheWrite5m, bucket: 'cacheWrite5m', scale: perMillion },
    { units: usage.cache_write_1h_tokens, bucket: 'cacheWrite1h', scale: perMillion },
    { units: audioInput, bucket: 'audioInput', scale: perMillion },
    { units: imageInput, bucket: 'imageInput', scale: perMillion },
    { units: output, bucket: 'output', scale: perMillion },
    { units: usage.reasoning_tokens, bucket: 'reasoning', scale: perMillion },
    { units: usage.audio_output_tokens, bucket: 'audioOutput', scale: perMillion },
    { units: usage.image_output_tokens, bucket: 'imageOutput', scale: perMillion },
    { units: usage.characters, bucket: 'characters', scale: perMillion },
    { units: usage.images, bucket: 'image', scale: perUnit },
    { units: usage.audio_ms, bucket: 'minute', scale: perMinute },
    { units: usage.searches, bucket: 'search', scale: perUnit },
  ];
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
  return Object.keys(buckets).length > 0;
}

/** The whole call is charged at the highest tier that its input has passed. */
function tierFor({ tiers, buckets }: PriceEntry, inputTokens: number): PriceTable {
  let result = buckets;
  for (const tier of tiers) if (inputTokens > tier.aboveTokens) result = { ...buckets, ...tier.buckets };
  return result;
}
