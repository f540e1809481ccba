import { createOwner, sendAs, type Place, type Send } from '../support/principals.js';
import { startTestApp, type TestApp } from '../support/test-app.js';

interface View {
  id: string;
  name: string;
  operation: string;
  price: { buckets: object; source: string } | null;
}

describe('models and the catalogue', () => {
  let gateway: TestApp;
  let root: Place & { send: Send };

  beforeAll(async () => {
    gateway = await startTestApp();
    root = await createOwner(gateway);
    for (const [name, baseUrl] of [
      ['openai', 'https://8.8.8.8/v1'],
      ['private', 'http://127.0.0.1:8000/v1'],
    ] as const) {
      const body = { name, driver: 'openai-compatible', baseUrl };
      expect((await root.send('POST', '/admin/v1/providers', body)).status).toBe(201);
    }
    return () => gateway.close();
  });

  const create = async (body: object): Promise<View> => {
    const response = await root.send('POST', '/admin/v1/models', { provider: 'openai', operation: 'chat', ...body });
    expect(response.status).toBe(201);
    return (await response.json()) as View;
  };

  const json = async (method: string, path: string, body?: object, send = root.send): Promise<unknown> =>
    (await send(method, path, body)).json();

  it('says what is known of a model, and what to think about', async () => {
    const { id } = await create({ upstreamId: 'gpt-4o-mini', name: 'validated', operation: 'embeddings' });
    expect(await json('GET', `/admin/v1/models/${id}/validation`)).toMatchObject({
      kind: 'known',
      matchedBy: 'exact',
      facts: { upstreamId: 'gpt-4o-mini', contextWindow: expect.any(Number) },
      warnings: expect.arrayContaining([expect.objectContaining({ code: 'operation_mismatch' })]),
    });
  });

  it('suggests ids that may have been meant, and says nothing against a private model', async () => {
    const misspelled = await create({ upstreamId: 'gpt-4o-minni', name: 'misspelled' });
    expect(await json('GET', `/admin/v1/models/${misspelled.id}/validation`)).toMatchObject({
      kind: 'unknown_model',
      suggestions: expect.arrayContaining(['gpt-4o-mini']),
    });
    const own = await create({ provider: 'private', upstreamId: 'our-llama' });
    expect(await json('GET', `/admin/v1/models/${own.id}/validation`)).toMatchObject({ kind: 'unknown_provider' });
  });

  it('prefills the list price with its source, once more is another price', async () => {
    const { id } = await create({ upstreamId: 'gpt-4o-mini', name: 'prefilled' });
    const response = await root.send('POST', `/admin/v1/models/${id}/prices/prefill`);
    expect(response.status).toBe(201);
    expect(await response.json()).toMatchObject({
      items: [{ source: expect.stringMatching(/^catalogue@/), buckets: { input: '0.15', output: '0.6' } }],
    });
    expect(await json('GET', `/admin/v1/models/${id}`)).toMatchObject({ price: { buckets: { input: '0.15' } } });
  });

  it('has no price to prefill for a private model', async () => {
    const { id } = await create({ provider: 'private', upstreamId: 'our-qwen' });
    expect(await json('POST', `/admin/v1/models/${id}/prices/prefill`)).toMatchObject({
      status: 404,
      code: 'price.unlisted',
    });
  });

  it('reports drift, and changes nothing by itself', async () => {
    const dear = await create({
      upstreamId: 'gpt-4o',
      name: 'd-dear',
      price: { buckets: { input: '99', output: '99' } },
    });
    const right = await create({ upstreamId: 'gpt-4o-mini', name: 'd-right' });
    await root.send('POST', `/admin/v1/models/${right.id}/prices/prefill`);
    const { items } = (await json('GET', '/admin/v1/catalogue/drift?q=d-')) as { items: { modelId: string }[] };

    expect(items.map(({ modelId }) => modelId)).not.toContain(right.id);
    expect(items).toContainEqual(
      expect.objectContaining({
        modelId: dear.id,
        kinds: expect.arrayContaining(['price_changed']),
        listedPrice: expect.objectContaining({ source: expect.stringMatching(/^catalogue@/) }),
      }),
    );
    expect(await json('GET', `/admin/v1/models/${dear.id}`)).toMatchObject({ price: { buckets: { input: '99' } } });
  });

  describe('an import', () => {
    const importInto = async (provider: string, body: object, send = root.send) => {
      const { items } = (await json('GET', `/admin/v1/providers?q=${provider}`)) as { items: View[] };
      return send('POST', `/admin/v1/providers/${items[0]?.id}/models/import`, body);
    };

    it('adds models with what the catalogue knows of them, and skips those that are there', async () => {
      const upstreamIds = [
        'gpt-4.1-mini',
        'text-embedding-3-small',
        'gpt-4.1-mini',
        '@own/new model'.replace(' ', '~'),
      ];
      const first = await importInto('openai', { upstreamIds });
      expect(first.status).toBe(200);
      const { created, skipped } = (await first.json()) as { created: View[]; skipped: string[] };
      expect(skipped).toEqual([]);
      expect(created.map(({ name, operation, price }) => [name, operation, price?.source.split('@')[0]])).toEqual([
        ['gpt-4.1-mini', 'chat', 'catalogue'],
        ['text-embedding-3-small', 'embeddings', 'catalogue'],
        ['own/new-model', 'chat', undefined],
      ]);
      expect(await (await importInto('openai', { upstreamIds })).json()).toEqual({
        created: [],
        skipped: [...new Set(upstreamIds)],
      });
    });

    it('leaves prices out when told to', async () => {
      const response = await importInto('openai', { upstreamIds: ['gpt-4.1-nano'], withPrices: false });
      expect(await response.json()).toMatchObject({ created: [{ name: 'gpt-4.1-nano', price: null }] });
    });

    it('refuses an id with a space, and a caller who may not write', async () => {
      expect((await importInto('openai', { upstreamIds: ['a b'] })).status).toBe(400);
      expect((await importInto('openai', { upstreamIds: [] })).status).toBe(400);
      const viewer = await sendAs(gateway, 'viewer', { tenantId: root.tenantId });
      expect((await importInto('openai', { upstreamIds: ['x'] }, viewer)).status).toBe(403);
    });
  });
});
