import { isFree, priceOn, usdText, type ListPrice } from './list-price.js';

describe(usdText.name, () => {
  it.each<[unknown, bigint, string | undefined]>([
    [0, 1n, '0'],
    [0.15, 1n, '0.15'],
    [2.5, 1n, '2.5'],
    [0.1 + 0.2, 1n, '0.3'],
    [0.0028, 1n, '0.0028'],
    [1e-6, 1n, '0.000001'],
    [2.5e-7, 1n, undefined],
    [5e-7, 1n, '0.000001'],
    [75, 1n, '75'],
    [10, 1000n, '0.01'],
    [0.36, 60n, '0.006'],
    [1, 60n, '0.016667'],
    [-1, 1n, undefined],
    [Number.NaN, 1n, undefined],
    [Infinity, 1n, undefined],
    [2e6, 1n, undefined],
    ['1', 1n, undefined],
    [null, 1n, undefined],
  ])('reads %s in %s parts as %s', (usd, parts, expected) => {
    expect(usdText(usd, parts)).toBe(expected);
  });
});

describe(priceOn.name, () => {
  const price = (effectiveFrom: string | null, input: string): ListPrice => ({
    effectiveFrom,
    buckets: { input },
    tiers: [],
  });

  it('takes the latest that began', () => {
    const prices = [price(null, '1'), price('2026-07-30', '0.2'), price('2027-01-01', '0.1')];
    expect(priceOn(prices, '2026-07-29')?.buckets.input).toBe('1');
    expect(priceOn(prices, '2026-07-30')?.buckets.input).toBe('0.2');
    expect(priceOn([], '2026-07-30')).toBeNull();
  });
});

describe(isFree.name, () => {
  it('tells free from unpriced', () => {
    const price = (buckets: ListPrice['buckets']): ListPrice => ({ effectiveFrom: null, buckets, tiers: [] });
    expect(isFree(price({ input: '0', output: '0' }))).toBe(true);
    expect(isFree(price({ input: '0', output: '1' }))).toBe(false);
    expect(isFree(price({}))).toBe(false);
  });
});
