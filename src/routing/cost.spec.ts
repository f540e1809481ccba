import fc from 'fast-check';
import type { LedgerUsage } from '../journal/ledger-record.js';
import { NO_USAGE } from '../journal/no-usage.js';
import type { PriceEntry, PriceTable } from '../snapshot/snapshot.js';
import { costOf, priceAt } from './cost.js';

const price = (buckets: PriceTable, tiers: PriceEntry['tiers'] = []): PriceEntry => ({
  id: 'p',
  effectiveFrom: 0,
  buckets,
  tiers,
});
const used = (parts: Partial<LedgerUsage>): LedgerUsage => ({ ...NO_USAGE, ...parts });

describe(costOf.name, () => {
  it.each<[string, PriceTable, Partial<LedgerUsage>, bigint | null]>([
    [
      'tokens in and out',
      { input: 150_000n, output: 600_000n },
      { input_tokens: 1000, output_tokens: 10 },
      156_000_000n,
    ],
    ['nothing used', { input: 1n, output: 1n }, {}, 0n],
    ['a free model', { input: 0n, output: 0n }, { input_tokens: 5 }, 0n],
    ['a missing output price', { input: 1n }, { input_tokens: 1, output_tokens: 1 }, null],
    ['no price for anything', {}, { input_tokens: 1 }, null],
    [
      'cached input at its own price',
      { input: 10n, cachedInput: 1n },
      { input_tokens: 100, cached_input_tokens: 90 },
      190n,
    ],
    ['cached input at the input price', { input: 10n }, { input_tokens: 100, cached_input_tokens: 90 }, 1000n],
    [
      'cache writes of both ages',
      { input: 10n, cacheWrite5m: 12n, cacheWrite1h: 20n },
      { input_tokens: 100, cache_write_tokens: 30, cache_write_1h_tokens: 10 },
      70n * 10n + 20n * 12n + 10n * 20n,
    ],
    [
      'reasoning inside the output',
      { output: 10n, reasoning: 30n },
      { output_tokens: 100, reasoning_tokens: 40 },
      1800n,
    ],
    ['reasoning without a price', { output: 10n }, { output_tokens: 100, reasoning_tokens: 40 }, 1000n],
    [
      'audio',
      { input: 1n, audioInput: 5n, output: 2n, audioOutput: 7n },
      { input_tokens: 10, audio_input_tokens: 4, output_tokens: 8, audio_output_tokens: 8 },
      6n + 20n + 56n,
    ],
    [
      'tokens of pictures',
      { input: 1n, imageInput: 5n, output: 2n, imageOutput: 7n },
      { input_tokens: 10, image_input_tokens: 4, output_tokens: 9, image_output_tokens: 8 },
      6n + 20n + 2n + 56n,
    ],
    [
      'tokens of pictures that came from the cache as cached',
      { input: 1n, cachedInput: 0n, imageInput: 5n },
      { input_tokens: 10, cached_input_tokens: 8, image_input_tokens: 10 },
      10n,
    ],
    ['searches', { input: 1n, search: 10_000n }, { input_tokens: 3, searches: 2 }, 20_000_000_003n],
    ['searches that no price names', { input: 1n }, { input_tokens: 3, searches: 2 }, 3n],
    ['images', { image: 40_000n }, { images: 2 }, 80_000_000_000n],
    ['a minute and a half', { minute: 6000n }, { audio_ms: 90_000 }, 9_000_000_000n],
    ['a millisecond, rounded', { minute: 1n }, { audio_ms: 1 }, 17n],
    ['characters', { characters: 15_000_000n }, { characters: 1000 }, 15_000_000_000n],
    ['a request', { request: 5n }, {}, 5_000_000n],
    ['audio time where tokens are priced', { input: 1n, output: 1n }, { input_tokens: 3, audio_ms: 500 }, 3n],
  ])('charges %s', (_, buckets, usage, expected) => {
    expect(costOf(price(buckets), used(usage))).toBe(expected);
  });

  it('charges the whole call at the tier its input has passed', () => {
    const tiered = price({ input: 1n, output: 1n }, [
      { aboveTokens: 100, buckets: { input: 2n } },
      { aboveTokens: 200, buckets: { input: 3n, output: 5n } },
    ]);
    const cost = (input: number) => costOf(tiered, used({ input_tokens: input, output_tokens: 10 }));
    expect([cost(100), cost(101), cost(201)]).toEqual([110n, 212n, 653n]);
  });

  it('is unpriced without a price, never 0', () => {
    expect(costOf(null, used({ input_tokens: 1 }))).toBeNull();
  });

  it('never loses or invents a token: at one price for all, the cost is all tokens times it', () => {
    const tokens = fc.nat({ max: 1_000_000_000 });
    fc.assert(
      fc.property(tokens, tokens, tokens, tokens, tokens, fc.bigInt({ min: 1n, max: 10n ** 12n }), (...given) => {
        const [plain, cached, write, output, reasoning, micros] = given;
        const usage = used({
          input_tokens: plain + cached + write,
          cached_input_tokens: cached,
          cache_write_tokens: write,
          output_tokens: output + reasoning,
          reasoning_tokens: reasoning,
        });
        const total = BigInt(usage.input_tokens) + BigInt(usage.output_tokens);
        expect(costOf(price({ input: micros, output: micros }), usage)).toBe(total * micros);
      }),
    );
  });
});

describe(priceAt.name, () => {
  it('takes the newest that has begun', () => {
    const at = (effectiveFrom: number) => ({ ...price({}), effectiveFrom });
    const prices = [at(300), at(200), at(100)];
    expect([50, 100, 250, 300].map((time) => priceAt(prices, time)?.effectiveFrom)).toEqual([undefined, 100, 200, 300]);
  });
});
