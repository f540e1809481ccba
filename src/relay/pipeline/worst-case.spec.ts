import fc from 'fast-check';
import { model, provider, target } from '../../../test/support/planning.js';
import type { ModelEntry, PriceTable, ProfileEntry } from '../../snapshot/snapshot.js';
import { JsonCallBody } from './call-body.js';
import { WorstCase } from './worst-case.js';

interface Asked {
  readonly body?: object;
  readonly models?: readonly Partial<ModelEntry>[];
  readonly profile?: Partial<ProfileEntry>;
}

const priced = (buckets: PriceTable) => [{ id: 'price', effectiveFrom: 0, tiers: [], buckets }];

function worstCase({ body = {}, models = [{}], profile }: Asked): WorstCase & { bytes: number } {
  const raw = Buffer.from(JSON.stringify({ model: 'm', ...body }));
  const call = {
    body: new JsonCallBody(raw),
    operation: 'chat' as const,
    profile: profile as ProfileEntry | undefined,
    candidates: models.map((given) => ({ target: target(), model: model(given), provider: provider(), rank: null })),
    startedAt: 1,
  };
  return Object.assign(new WorstCase(call), { bytes: raw.length });
}

describe(WorstCase, () => {
  it.each<[string, Asked, number]>([
    ['what we hold it to where nobody says', {}, 16_384],
    ['what the caller says', { body: { max_tokens: 100 } }, 100],
    ['the largest of what the caller says', { body: { max_tokens: 100, max_completion_tokens: 99.5 } }, 100],
    ['what the model allows', { models: [{ maxOutput: 50 }] }, 50],
    ['no more than the model allows', { body: { max_tokens: 100 }, models: [{ maxOutput: 50 }] }, 50],
    [
      'the most of its targets',
      { models: [{ maxOutput: 50 }, { maxOutput: 70 }, { defaults: { max_tokens: 60 } }] },
      70,
    ],
    ['the defaults of the model', { models: [{ defaults: { max_tokens: 60 } }] }, 60],
    ['each answer that is asked for', { body: { max_tokens: 10, n: 3 } }, 30],
    ['each that is written to choose from', { body: { max_tokens: 10, n: 3, best_of: 4 } }, 40],
    ['the default where a number makes no sense', { body: { max_tokens: -5, n: 0 } }, 16_384],
    [
      'what the policy says before what the caller says',
      {
        body: { max_tokens: 100 },
        profile: { policy: { overrides: { max_tokens: 7 }, defaults: { n: 2 }, systemPrompt: null } },
      },
      14,
    ],
  ])('of output tokens is %s', (_, given, expected) => {
    expect(worstCase(given).of('output_tokens')).toBe(expected);
  });

  it('holds an answer to something only where a target may give more than anybody says', () => {
    expect(worstCase({}).outputCap).toBe(16_384);
    expect(worstCase({ models: [{ maxOutput: 5 }, {}] }).outputCap).toBe(16_384);
    expect(worstCase({ models: [{ maxOutput: 5 }, { defaults: { max_tokens: 9 } }] }).outputCap).toBeUndefined();
    expect(worstCase({ body: { max_completion_tokens: 5 } }).outputCap).toBeUndefined();
  });

  it('counts links to images, and no window is exceeded', () => {
    const content = [
      { type: 'image_url', image_url: { url: 'https://x' } },
      { type: 'text', text: 'an image' },
    ];
    const given = { body: { messages: [{ role: 'user', content }] } };
    const plain = worstCase(given);
    // Its type's name and the member's: each is taken for a link.
    expect(plain.of('input_tokens')).toBe(Math.ceil(plain.bytes / 2) + 2 * 2000);
    expect(worstCase({ ...given, models: [{ contextWindow: 10 }, { contextWindow: 20 }] }).of('input_tokens')).toBe(20);
    expect(worstCase({ ...given, models: [{ contextWindow: 10 }, {}] }).of('input_tokens')).toBe(
      plain.of('input_tokens'),
    );
  });

  it('of money is exact at any price, and rounded up', () => {
    const price = fc.oneof(fc.bigInt({ min: 0n, max: 10n ** 7n }), fc.bigInt({ min: 0n, max: 10n ** 18n }));
    fc.assert(
      fc.property(
        price,
        price,
        fc.bigInt({ min: 0n, max: 3n }),
        fc.integer({ min: 1, max: 1e9 }),
        (input, output, request, most) => {
          const prices = priced({ input, output, request });
          const worst = worstCase({ body: { max_tokens: most }, models: [{ prices: [] }, { prices }] });
          const picos = BigInt(worst.bytes) * input + BigInt(most) * output + request * 1_000_000n;
          expect(worst.of('money')).toBe(Number((picos + 999n) / 1000n));
        },
      ),
    );
  });
});
