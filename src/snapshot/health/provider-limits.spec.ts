import { ProviderLimits, resetMs } from './provider-limits.js';

const MINUTE = 60_000;

describe(ProviderLimits.name, () => {
  const limits = (remaining: number, reset = '60s', limit = 60): ProviderLimits => {
    const found = new ProviderLimits();
    found.requests.note({ limit, remaining, reset }, 0);
    return found;
  };
  /** How many calls are let through at a moment. */
  const admitted = (found: ProviderLimits, now: number): number => {
    let count = 0;
    while (count < 100 && found.admit(now)) count++;
    return count;
  };

  it('lets through what is left, and no more', () => {
    expect(admitted(limits(7), 0)).toBe(7);
  });

  it('lets through one call after the other as they are refilled, where nothing is left', () => {
    const found = limits(0);
    expect(found.waitMs(0)).toBe(1000);
    expect([admitted(found, 999), admitted(found, 1000), admitted(found, 1000), admitted(found, 3000)]).toEqual([
      0, 1, 0, 2,
    ]);
  });

  it('knows nothing any more once the limit has begun anew, and learns with each answer', () => {
    const found = limits(0);
    expect(admitted(found, MINUTE)).toBe(100);
    expect(found.requests.known).toBeUndefined();
    found.requests.note({ limit: 60, remaining: 2, reset: '58s' }, MINUTE);
    expect(admitted(found, MINUTE)).toBe(2);
  });

  it('waits for tokens until a hundredth of their limit is there', () => {
    const found = new ProviderLimits();
    found.tokens.note({ limit: 10_000, remaining: 50, reset: '59.7s' }, 0);
    expect(Math.round(found.waitMs(0))).toBe(300);
    expect(admitted(found, 301)).toBe(100);
  });

  it.each([
    [{ limit: Number.NaN, remaining: 0, reset: '' }, 1000],
    [{ limit: 10, remaining: 0, reset: '2h' }, 30_000],
    [{ limit: 0, remaining: 0, reset: '1s' }, 1000],
  ])('makes something sensible of %j', (told, waitMs) => {
    const found = new ProviderLimits();
    found.requests.note(told, 0);
    expect(found.waitMs(0)).toBe(waitMs);
  });
});

describe(resetMs.name, () => {
  it.each([
    ['6m0s', 360_000],
    ['120ms', 120],
    ['7.66s', 7660],
    ['1h2m3s', 3_723_000],
    ['0s', 0],
    ['30', 30_000],
    ['2026-01-01T00:00:09Z', 9000],
    ['2020-01-01T00:00:00Z', 0],
    ['', 1000],
    ['soon', 1000],
  ])('reads %j as %i ms', (text, expected) => {
    expect(resetMs(text, Date.parse('2026-01-01T00:00:00Z'))).toBe(expected);
  });
});
