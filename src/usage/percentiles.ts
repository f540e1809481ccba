import { BINS_PER_LN } from './rollup.sql.js';

/** In milliseconds; `null` when there was nothing to measure. */
export class PercentilesView {
  p50!: number | null;
  p95!: number | null;
  p99!: number | null;
}

/** Reads percentiles from counts per bin (`bins` ascending). Inside a bin values count as spread evenly. */
export function percentiles(bins: readonly number[], counts: readonly number[]): PercentilesView {
  const total = counts.reduce((sum, count) => sum + count, 0);
  const at = (share: number): number | null => (total === 0 ? null : valueAt(bins, counts, share * total));
  return { p50: at(0.5), p95: at(0.95), p99: at(0.99) };
}

function valueAt(bins: readonly number[], counts: readonly number[], rank: number): number {
  let before = 0;
  for (const [index, count] of counts.entries()) {
    if (count > 0 && before + count >= rank) return within(bins[index]!, (rank - before) / count);
    before += count;
  }
  return upperBound(bins.at(-1) ?? 0);
}

function within(bin: number, share: number): number {
  const lower = bin === 0 ? 0 : upperBound(bin - 1);
  return Math.round((lower + (upperBound(bin) - lower) * share) * 10) / 10;
}

/** A bin holds what is above the bound of the bin before it, up to its own; see `BINS_PER_LN`. */
function upperBound(bin: number): number {
  return Math.exp(bin / BINS_PER_LN);
}
