import fc from 'fast-check';
import { costPicos, formatMicros, formatUsd, parseMicros, PICOS_PER_USD } from './money.js';

describe('money', () => {
  it.each([
    [0n, '0'],
    [1n, '0.000000000001'],
    [PICOS_PER_USD, '1'],
    [-1_500_000_000n, '-0.0015'],
  ])('prints %s pUSD as %s', (picos, text) => {
    expect(formatUsd(picos)).toBe(text);
  });

  it('costs exactly tokens times price, however large', () => {
    fc.assert(
      fc.property(fc.nat({ max: 2_000_000_000 }), fc.bigInt({ min: 0n, max: 10n ** 12n }), (tokens, price) => {
        expect(costPicos(tokens, price)).toBe(BigInt(tokens) * price);
      }),
    );
  });

  it('charges 1M tokens at $0.15 per 1M exactly $0.15', () => {
    expect(formatUsd(costPicos(1_000_000, parseMicros('0.15')!))).toBe('0.15');
  });

  it('reads back every price it prints', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 10n ** 17n }), (micros) => {
        expect(parseMicros(formatMicros(micros))).toBe(micros);
      }),
    );
  });

  it.each(['', '-1', '1.', '.5', '1e3', '1.1234567', ' 1', 'NaN'])('refuses %j as a price', (text) => {
    expect(parseMicros(text)).toBeUndefined();
  });
});
