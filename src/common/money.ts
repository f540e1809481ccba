/**
 * Money is integers. A price is µUSD per 1,000,000 units (tokens, characters…); a cost is pUSD (10⁻¹² USD).
 * units × price: (µUSD / 10⁶ units) × units = 10⁻⁶ µUSD = 10⁻¹² USD, so the product is the cost, exact.
 */
export const PICOS_PER_USD = 1_000_000_000_000n;
const MICROS_PER_USD = 1_000_000n;

/** pUSD for `units` at `priceMicros` (µUSD per 1M units). */
export function costPicos(units: number, priceMicros: bigint): bigint {
  return BigInt(units) * priceMicros;
}

/** pUSD as a decimal text in USD, without trailing zeros: 1_500_000_000n is "0.0015". */
export function formatUsd(picos: bigint): string {
  return decimal(picos, PICOS_PER_USD, 12);
}

/** µUSD as a decimal text in USD: 150_000n is "0.15". */
export function formatMicros(micros: bigint): string {
  return decimal(micros, MICROS_PER_USD, 6);
}

/** Reads a decimal text in USD as µUSD; `undefined` when it isn't one or has more than six decimals. */
export function parseMicros(text: string): bigint | undefined {
  const match = /^(\d{1,12})(?:\.(\d{1,6}))?$/.exec(text);
  if (!match) return undefined;
  return BigInt(match[1] ?? 0) * MICROS_PER_USD + BigInt((match[2] ?? '').padEnd(6, '0'));
}

function decimal(amount: bigint, unit: bigint, digits: number): string {
  const sign = amount < 0n ? '-' : '';
  const absolute = amount < 0n ? -amount : amount;
  const fraction = (absolute % unit).toString().padStart(digits, '0').replace(/0+$/, '');
  return `${sign}${absolute / unit}${fraction && `.${fraction}`}`;
}
