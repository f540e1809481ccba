import { formatUsd, parseMicros } from '../../common/money.js';
import type { AllowanceMetric } from '../../snapshot/allowances.js';

const NANOS_PER_MICRO = 1000n;
const PICOS_PER_NANO = 1000n;
const MAX_EXACT = BigInt(Number.MAX_SAFE_INTEGER);

/**
 * Reads an amount: USD as a decimal text for money, else a whole number. Money comes as nUSD, so that a double holds it
 * exactly up to $9 million. `undefined` when the text is no such amount.
 */
export function parseAmount(metric: AllowanceMetric, text: string): number | undefined {
  const amount = metric === 'money' ? parseMicros(text) : /^\d{1,15}$/.test(text) ? BigInt(text) : undefined;
  if (amount === undefined) return undefined;
  const units = metric === 'money' ? amount * NANOS_PER_MICRO : amount;
  return units <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(units) : undefined;
}

/** The text of an amount, as `parseAmount` reads it. */
export function formatAmount(metric: AllowanceMetric, amount: number): string {
  return metric === 'money' ? formatUsd(BigInt(Math.round(amount)) * PICOS_PER_NANO) : String(amount);
}

/** pUSD as nUSD, rounded up: what is counted is never less than what was spent. */
export function nanosOf(picos: bigint): number {
  if (picos >= 0n && picos <= MAX_EXACT) return nanosOfExact(Number(picos));
  return Number((picos + PICOS_PER_NANO - 1n) / PICOS_PER_NANO);
}

/** The same of a whole number that a double holds exactly, which takes no arithmetic of large numbers. */
export function nanosOfExact(picos: number): number {
  return Math.ceil(picos / 1000);
}
