import { readModelsDev } from './models-dev.js';

const model = {
  id: 'm',
  name: 'Model',
  tool_call: true,
  reasoning: true,
  modalities: { input: ['text', 'image'], output: ['text'] },
  limit: { context: 128_000, output: 0 },
  cost: { input: 0.15, output: 0.6, cache_read: 0.075 },
  knowledge: '2024-10',
  release_date: '2025-01-02',
  something_new: { ignored: true },
};
const provider = (models: object) => ({ id: 'p', name: 'Provider', env: ['P_KEY'], models });
const read = (row: object) => readModelsDev({ p: provider({ m: row }) });

describe(readModelsDev.name, () => {
  it('reads facts and prices', () => {
    expect(readModelsDev({ 'x-ai': provider({ m: model }) })).toEqual({
      providers: [{ provider: 'xai', name: 'Provider', baseUrl: null }],
      models: [
        {
          provider: 'xai',
          upstreamId: 'm',
          name: 'Model',
          family: null,
          operation: 'chat',
          capabilities: ['tools', 'reasoning', 'vision'],
          contextWindow: 128_000,
          maxOutput: null,
          knowledge: '2024-10',
          released: '2025-01-02',
          status: null,
          prices: [{ effectiveFrom: null, buckets: { input: '0.15', output: '0.6', cachedInput: '0.075' }, tiers: [] }],
          unbilled: [],
          match: null,
        },
      ],
      skipped: 0,
    });
  });

  it('reads catalog.json, too', () => {
    const document = { models: {}, providers: { p: provider({ m: model }) } };
    expect(readModelsDev(document)?.models).toHaveLength(1);
  });

  it('reads tiers, and the form they had before', () => {
    const tiers = [{ aboveTokens: 200_000, buckets: { input: '0.3', output: '0.6', cachedInput: '0.075' } }];
    const now = { ...model.cost, tiers: [{ input: 0.3, tier: { type: 'context', size: 200_000 } }] };
    const before = { ...model.cost, context_over_200k: { input: 0.3 } };
    for (const cost of [now, before]) expect(read({ ...model, cost })?.models[0]?.prices[0]?.tiers).toEqual(tiers);
  });

  it('tells no price from a price of nothing', () => {
    expect(read({ ...model, cost: undefined })?.models[0]?.prices).toEqual([]);
    expect(read({ ...model, cost: { input: 0, output: 0 } })?.models[0]?.prices[0]?.buckets).toEqual({
      input: '0',
      output: '0',
    });
  });

  it.each([
    ['a row that is none', 'text'],
    ['a price that is no number', { ...model, cost: { input: 'free' } }],
    ['a negative price', { ...model, cost: { input: -1 } }],
    ['a price beyond reason', { ...model, cost: { input: 1e12 } }],
    ['a price too small to keep', { ...model, cost: { input: 1e-9 } }],
    ['a tier without a size', { ...model, cost: { input: 1, tiers: [{ input: 2 }] } }],
  ])('skips %s, not the file', (_, row) => {
    const document = readModelsDev({ p: provider({ bad: row, m: model }) });
    expect(document?.models.map(({ upstreamId }) => upstreamId)).toEqual(['m']);
    expect(document?.skipped).toBe(1);
  });

  it('drops hostile ids and characters', () => {
    const text = `{"__proto__": {"models": {}}, "constructor": {"models": {}}, "p": {"name": "P\\u0000", "models": {
      "__proto__": {"name": "x"}, "a b": {}, "${'x'.repeat(201)}": {}, "ok": {"name": "a\\u0000b"}}}}`;
    const document = readModelsDev(JSON.parse(text));
    expect(document?.providers).toEqual([{ provider: 'p', name: 'P', baseUrl: null }]);
    expect(document?.models.map(({ upstreamId, name }) => [upstreamId, name])).toEqual([['ok', 'ab']]);
    expect(document?.skipped).toBe(2);
    expect(Object.prototype).not.toHaveProperty('models');
  });

  it.each([[null], [[]], ['text'], [42]])('refuses %j', (document) => {
    expect(readModelsDev(document)).toBeUndefined();
  });
});
