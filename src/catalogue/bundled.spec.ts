import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { BUNDLED_PROVIDERS, bundledVersion, readBundled } from './bundled.js';
import type { CatalogueDocument, CatalogueModel } from './catalogue-document.js';

describe(readBundled.name, () => {
  let document: CatalogueDocument;
  beforeAll(async () => {
    document = await readBundled();
  });

  const model = (provider: string, upstreamId: string): CatalogueModel => {
    const found = document.models.find((row) => row.provider === provider && row.upstreamId === upstreamId);
    if (!found) throw new Error(`There is no ${upstreamId} of ${provider}.`);
    return found;
  };

  it('knows every provider that the package has', async () => {
    const source = await readFile(fileURLToPath(import.meta.resolve('@pydantic/genai-prices')), 'utf8');
    const ids = [...source.matchAll(/^ {2}\{\n {4}id: "([^"]+)"/gm)].map(([, id]) => id);
    expect(ids.length).toBeGreaterThan(40);
    expect(BUNDLED_PROVIDERS.toSorted()).toEqual(ids.toSorted());
    expect(document.providers).toHaveLength(BUNDLED_PROVIDERS.length);
    expect(document.models.length).toBeGreaterThan(1500);
  });

  it('has each model of a provider once', () => {
    const keys = document.models.map(({ provider, upstreamId }) => `${provider} ${upstreamId}`);
    expect(new Set(keys).size).toBe(keys.length);
  });

  it('has exact prices', () => {
    expect(model('openai', 'gpt-4o-mini').prices).toEqual([
      {
        effectiveFrom: null,
        buckets: { input: '0.15', cachedInput: '0.075', output: '0.6', search: '0.01' },
        tiers: [],
      },
    ]);
    for (const { prices } of document.models) {
      for (const { buckets } of prices) {
        for (const text of Object.values(buckets)) expect(text).toMatch(/^\d+(\.\d{1,6})?$/);
      }
    }
  });

  it('has dated prices, and tiers that name every bucket', () => {
    const [before, after] = model('openai', 'gpt-5.6-luna').prices;
    expect(before).toMatchObject({ effectiveFrom: null, buckets: { input: '1', output: '6' } });
    expect(after).toMatchObject({
      effectiveFrom: '2026-07-30',
      buckets: { input: '0.2', cachedInput: '0.02', cacheWrite5m: '0.25', output: '1.2' },
      tiers: [
        { aboveTokens: 271_999, buckets: { input: '0.4', cachedInput: '0.04', cacheWrite5m: '0.5', output: '1.8' } },
      ],
    });
  });

  it('names what it can not bill, instead of dropping it silently', () => {
    expect(model('openai', 'gpt-5.6-luna').unbilled).toEqual(['storage_searches_kcount']);
    expect(model('deepseek', 'deepseek-chat').unbilled).toEqual(['time_of_day']);
  });

  it('calls the package by its version', async () => {
    expect(await bundledVersion()).toMatch(/^genai-prices-\d+\.\d+\.\d+$/);
  });
});
