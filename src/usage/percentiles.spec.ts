import fc from 'fast-check';
import { BINS_PER_LN } from './rollup.sql.js';
import { percentiles } from './percentiles.js';

describe(percentiles.name, () => {
  it('is within a quarter of the true value, whatever was measured', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 10, max: 600_000, noNaN: true }), { minLength: 1 }), (values) => {
        const { bins, counts } = binned(values);
        const sorted = values.toSorted((a, b) => a - b);
        const { p50, p95, p99 } = percentiles(bins, counts);
        for (const [share, read] of [
          [0.5, p50],
          [0.95, p95],
          [0.99, p99],
        ] as const) {
          const truth = sorted[Math.ceil(share * sorted.length) - 1]!;
          expect(read! / truth).toBeGreaterThan(0.79);
          expect(read! / truth).toBeLessThan(1.27);
        }
      }),
    );
  });

  it('knows nothing of nothing', () => {
    expect(percentiles([], [])).toEqual({ p50: null, p95: null, p99: null });
  });
});

function binned(values: readonly number[]): { bins: number[]; counts: number[] } {
  const byBin = new Map<number, number>();
  for (const value of values) {
    const bin = Math.max(0, Math.ceil(Math.log(value) * BINS_PER_LN));
    byBin.set(bin, (byBin.get(bin) ?? 0) + 1);
  }
  const bins = [...byBin.keys()].toSorted((a, b) => a - b);
  return { bins, counts: bins.map((bin) => byBin.get(bin)!) };
}
