import type { AllowanceEntry } from '../../snapshot/allowances.js';
import { Counter } from './counter.js';
import { addRateHeaders, goDuration } from './rate-headers.js';

const NOW = 1_000_000;

function counterOf(metric: AllowanceEntry['metric'], limit: number, endsIn: number): Counter {
  const entry = { metric, limit } as AllowanceEntry;
  return new Counter(entry, '', { start: 0, since: 0, end: NOW + endsIn });
}

function headersOf(...counters: Counter[]): Record<string, string> {
  const headers: Record<string, string> = {};
  addRateHeaders(
    headers,
    counters.map((counter) => ({ counter, amount: 1 })),
    NOW,
  );
  return headers;
}

describe(addRateHeaders, () => {
  it('tells the tightest limit on requests and the tightest on tokens, and nothing of others', () => {
    const wide = counterOf('requests', 100, 60_000);
    const tight = counterOf('requests', 50, 1500);
    const tokens = counterOf('total_tokens', 1e12, Infinity);
    tokens.pool = { limit: 2e12, remaining: 7, spent: 0 };
    expect(headersOf(counterOf('money', 1, 10), wide, tight, counterOf('output_tokens', 9, 120), tokens)).toEqual({
      'x-ratelimit-limit-requests': '50',
      'x-ratelimit-remaining-requests': '50',
      'x-ratelimit-reset-requests': '1.5s',
      'x-ratelimit-limit-tokens': '2000000000000',
      'x-ratelimit-remaining-tokens': '7',
    });
    expect(headersOf(counterOf('money', 1, 10))).toEqual({});
  });

  it('counts what is leased here and free as left, but never less than nothing', () => {
    const counter = counterOf('requests', 10, 1000);
    counter.pool = { limit: 10, remaining: 3, spent: 0 };
    counter.granted = 5;
    counter.hold(1);
    expect(headersOf(counter)['x-ratelimit-remaining-requests']).toBe('7');
    counter.hold(9);
    expect(headersOf(counter)['x-ratelimit-remaining-requests']).toBe('3');
  });
});

describe(goDuration, () => {
  it.each([
    [0, '0s'],
    [119.2, '120ms'],
    [1500, '1.5s'],
    [59_123, '59.123s'],
    [2000.4, '2s'],
    [60_000, '1m0s'],
    [7_200_000, '2h0m0s'],
    [86_399_001, '24h0m0s'],
  ])('prints %d ms as %s', (ms, text) => {
    expect(goDuration(ms)).toBe(text);
  });
});
