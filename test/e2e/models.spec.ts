import { ModelReads } from '../../src/models/model-reads.service.js';
import { ModelsService } from '../../src/models/models.service.js';
import { ProviderReads } from '../../src/providers/provider-reads.service.js';
import { createOwner, createPlace, createProject, sendAs, type Place, type Send } from '../support/principals.js';
import { startTestApp, type TestApp } from '../support/test-app.js';

interface View {
  id: string;
  name: string;
  version: number;
  price: object | null;
}

interface PriceView {
  id: string;
}

const HOUR = 3_600_000;
const chat = { upstreamId: 'gpt-4o-mini', operation: 'chat' };
const buckets = { input: '0.15', cachedInput: '0.075', output: '0.6' };

describe('admin/v1/models', () => {
  let gateway: TestApp;
  let root: Place & { send: Send };
  let providerId: string;
  let count = 0;

  beforeAll(async () => {
    gateway = await startTestApp();
    root = await createOwner(gateway);
    providerId = await createProvider('main');
    return () => gateway.close();
  });

  const createProvider = async (name: string, place = ''): Promise<string> => {
    const body = { name, driver: 'openai-compatible', baseUrl: 'http://127.0.0.1:11434/v1' };
    const response = await root.send('POST', `/admin/v1/providers${place}`, body);
    expect(response.status).toBe(201);
    return ((await response.json()) as View).id;
  };

  const create = async (body: object = {}, send: Send = root.send): Promise<View> => {
    const response = await send('POST', '/admin/v1/models', {
      provider: 'main',
      name: `m-${++count}`,
      ...chat,
      ...body,
    });
    const view = (await response.json()) as View;
    expect(response.status, JSON.stringify(view)).toBe(201);
    return view;
  };

  it('creates a model under its upstream id, with defaults, and shows it', async () => {
    const { id } = await create({ name: undefined, capabilities: ['vision', 'tools', 'tools'], maxOutput: 16_384 });
    const response = await root.send('GET', `/admin/v1/models/${id}`);

    expect(response.headers.get('etag')).toBe('"1"');
    expect(await response.json()).toMatchObject({
      name: 'gpt-4o-mini',
      providerId,
      upstreamId: 'gpt-4o-mini',
      operation: 'chat',
      capabilities: ['tools', 'vision'],
      contextWindow: null,
      maxOutput: 16_384,
      defaults: null,
      toolNames: null,
      isEnabled: true,
      weight: 1,
      price: null,
    });
  });

  it('refuses a second model of that name in the same provider only', async () => {
    await create({ name: 'twice' });
    const response = await root.send('POST', '/admin/v1/models', { provider: 'main', name: 'twice', ...chat });
    expect(response.status).toBe(409);
    expect(await response.json()).toMatchObject({ code: 'model.name_taken' });

    await createProvider('second');
    await create({ provider: 'second', name: 'twice' });
  });

  it.each([
    ['an upstream id with a space', { upstreamId: 'gpt 4' }, 'upstreamId'],
    ['an upstream id with an empty part', { upstreamId: 'meta//llama' }, 'upstreamId'],
    ['an unknown operation', { operation: 'dance' }, 'operation'],
    ['a context window of nothing', { contextWindow: 0 }, 'contextWindow'],
    ['a capability with a space', { capabilities: ['a b'] }, 'capabilities'],
    ['defaults that hold the model', { defaults: { model: 'x' } }, 'defaults'],
    ['one name for two tools', { toolNames: { a: 'x', b: 'x' } }, 'toolNames'],
    ['names of tools that are no texts', { toolNames: { a: 1 } }, 'toolNames'],
    ['a price as a number', { price: { buckets: { input: 0.15 } } }, 'price.buckets'],
    ['a price of an unknown bucket', { price: { buckets: { inputs: '1' } } }, 'price.buckets'],
    ['a price with seven decimals', { price: { buckets: { input: '0.0000001' } } }, 'price.buckets'],
    ['an unknown field', { colour: 'red' }, 'colour'],
  ])('refuses %s and names the field', async (_, body, path) => {
    const response = await root.send('POST', '/admin/v1/models', { provider: 'main', name: 'wrong', ...chat, ...body });
    const answer = (await response.json()) as { details: { issues: { path: string }[] } };
    expect(response.status).toBe(400);
    expect(answer.details.issues.map((issue) => issue.path)).toContain(path);
  });

  it('answers 404 for a provider or a model that does not exist', async () => {
    const nowhere = await root.send('POST', '/admin/v1/models', { provider: 'nowhere', ...chat });
    expect(await nowhere.json()).toMatchObject({ status: 404, code: 'provider.not_found' });
    const nothing = await root.send('GET', `/admin/v1/models/${crypto.randomUUID()}`);
    expect(await nothing.json()).toMatchObject({ status: 404, code: 'model.not_found' });
  });

  it('changes only what is sent, and refuses a change by someone who saw an older version', async () => {
    const { id } = await create({ contextWindow: 8192, defaults: { temperature: 0.2 } });
    const path = `/admin/v1/models/${id}`;
    const asFirst = { headers: { 'if-match': '"1"' } };
    const first = await root.send('PATCH', path, { defaults: null, weight: 5 }, asFirst);
    expect(await first.json()).toMatchObject({ contextWindow: 8192, defaults: null, weight: 5, version: 2 });
    expect((await root.send('PATCH', path, { weight: 6 }, asFirst)).status).toBe(412);
    expect((await root.send('PATCH', path, { upstreamId: null })).status).toBe(400);
  });

  it('creates by name once, and changes it the next time', async () => {
    const path = '/admin/v1/models/by-name/org%2Fdeclared?provider=main';
    expect((await root.send('PUT', path, { ...chat, weight: 7 })).status).toBe(201);
    const second = await root.send('PUT', path, { ...chat, upstreamId: 'gpt-4o' });
    expect(second.status).toBe(200);
    expect(await second.json()).toMatchObject({ name: 'org/declared', upstreamId: 'gpt-4o', weight: 7, version: 2 });
    expect((await root.send('PUT', '/admin/v1/models/by-name/x', chat)).status).toBe(400);
  });

  it('adds the price of a declaration once, and again when it says another', async () => {
    const path = '/admin/v1/models/by-name/declared-price?provider=main';
    const put = async (input: string) => {
      const price = { buckets: { input, output: '0.60' } };
      const response = await root.send('PUT', path, { ...chat, price });
      const { id } = (await response.json()) as View;
      const prices = await root.send('GET', `/admin/v1/models/${id}/prices`);
      return ((await prices.json()) as { items: { buckets: object }[] }).items.map(({ buckets }) => buckets);
    };
    expect(await put('0.150')).toHaveLength(1);
    expect(await put('0.15')).toHaveLength(1);
    expect(await put('0.2')).toEqual([
      { input: '0.2', output: '0.6' },
      { input: '0.15', output: '0.6' },
    ]);
  });

  it('is not removed while something needs it, and names what does', async () => {
    const { id } = await create();
    const models = gateway.app.get(ModelsService);
    let dependants = [{ kind: 'profile', id: crypto.randomUUID(), name: 'assistant' }];
    models.registerDependants(async (_, modelId) => (modelId === id ? dependants : []));

    const refused = await root.send('DELETE', `/admin/v1/models/${id}`);
    expect(refused.status).toBe(409);
    expect(await refused.json()).toMatchObject({ code: 'model.in_use', details: { dependants } });
    dependants = [];
    expect((await root.send('DELETE', `/admin/v1/models/${id}`)).status).toBe(204);
  });

  it('lists by name, filtered by provider, operation and text', async () => {
    await createProvider('listed');
    await create({ provider: 'listed', name: 'b-chat' });
    await create({ provider: 'listed', name: 'a-embed', upstreamId: 'text-embedding-3', operation: 'embeddings' });
    const namesAt = async (query: string) => {
      const response = await root.send('GET', `/admin/v1/models?provider=listed${query}`);
      return ((await response.json()) as { items: View[] }).items.map(({ name }) => name);
    };
    expect(await namesAt('')).toEqual(['a-embed', 'b-chat']);
    expect(await namesAt('&operation=chat')).toEqual(['b-chat']);
    expect(await namesAt('&q=EMBEDDING')).toEqual(['a-embed']);
    expect(await namesAt('&limit=1')).toEqual(['a-embed']);
  });

  it("keeps a project's models from other projects and tenants", async () => {
    const other = await createProject(gateway.database, root.tenantId, 'other');
    await createProvider('mine', '?project=default');
    const { id } = await create({ provider: 'mine' });
    const { id: wide } = await create();
    const sibling = await sendAs(gateway, 'operator', { tenantId: root.tenantId, projectId: other });
    const stranger = await sendAs(gateway, 'owner', await createPlace(gateway));

    for (const send of [sibling, stranger]) {
      expect((await send('GET', `/admin/v1/models/${id}`)).status).toBe(404);
      expect((await send('PATCH', `/admin/v1/models/${id}`, { weight: 2 })).status).toBe(404);
      expect((await send('DELETE', `/admin/v1/models/${id}`)).status).toBe(404);
      expect((await send('GET', `/admin/v1/models/${id}/prices`)).status).toBe(404);
      expect((await send('POST', `/admin/v1/models/${id}/prices`, { buckets })).status).toBe(404);
    }
    expect((await sibling('GET', `/admin/v1/models/${wide}`)).status).toBe(200);
    expect((await sibling('POST', `/admin/v1/models/${wide}/prices`, { buckets })).status).toBe(403);
    expect((await stranger('GET', `/admin/v1/models/${wide}`)).status).toBe(404);
  });

  it('lets a viewer read, and nothing more', async () => {
    const { id } = await create();
    const viewer = await sendAs(gateway, 'viewer', { tenantId: root.tenantId });
    expect((await viewer('GET', `/admin/v1/models/${id}`)).status).toBe(200);
    expect((await viewer('PATCH', `/admin/v1/models/${id}`, { weight: 2 })).status).toBe(403);
    expect((await viewer('POST', `/admin/v1/models/${id}/prices`, { buckets })).status).toBe(403);
  });

  describe('prices', () => {
    const inAnHour = () => new Date(Date.now() + HOUR).toISOString();

    it('shows the price in force, not the one to come', async () => {
      const { id, price } = await create({ price: { buckets } });
      expect(price).toMatchObject({ buckets, source: 'manual', tiers: [] });
      const later = { effectiveFrom: inAnHour(), buckets: { input: '1' } };
      expect((await root.send('POST', `/admin/v1/models/${id}/prices`, later)).status).toBe(201);

      expect(await (await root.send('GET', `/admin/v1/models/${id}`)).json()).toMatchObject({ price: { buckets } });
      const { items } = (await (await root.send('GET', `/admin/v1/models/${id}/prices`)).json()) as { items: object[] };
      expect(items).toMatchObject([{ buckets: { input: '1' } }, { buckets }]);
    });

    it('keeps a price in force as it is, and lets one to come be replaced and taken back', async () => {
      const { id, price } = await create({ price: { buckets } });
      const path = `/admin/v1/models/${id}/prices`;
      const inForce = await root.send('DELETE', `${path}/${(price as PriceView).id}`);
      expect(await inForce.json()).toMatchObject({ status: 409, code: 'price.in_force' });
      expect((await root.send('PUT', `${path}/${(price as PriceView).id}`, { buckets })).status).toBe(409);

      const added = await root.send('POST', path, { effectiveFrom: inAnHour(), buckets });
      const { id: first } = (await added.json()) as PriceView;
      const put = await root.send('PUT', `${path}/${first}`, { effectiveFrom: inAnHour(), buckets: { output: '2' } });
      expect(put.status).toBe(200);
      const { id: second } = (await put.json()) as PriceView;
      expect((await root.send('DELETE', `${path}/${second}`)).status).toBe(204);
      const { items } = (await (await root.send('GET', path)).json()) as { items: object[] };
      expect(items).toEqual([price]);
    });

    it('refuses a price in the past, and two from the same moment', async () => {
      const { id } = await create();
      const path = `/admin/v1/models/${id}/prices`;
      const past = { effectiveFrom: new Date(Date.now() - HOUR).toISOString(), buckets };
      expect(await (await root.send('POST', path, past)).json()).toMatchObject({ code: 'price.in_the_past' });
      const later = { effectiveFrom: inAnHour(), buckets };
      expect((await root.send('POST', path, later)).status).toBe(201);
      expect(await (await root.send('POST', path, later)).json()).toMatchObject({ code: 'price.duplicate' });
    });

    it('keeps exact amounts and tiers, and hands them to the data plane newest first', async () => {
      const tiers = [{ aboveTokens: 200_000, buckets: { input: '2.5' } }];
      const { id } = await create({ price: { buckets: { input: '999999999999.999999', image: '0.04' }, tiers } });
      await root.send('POST', `/admin/v1/models/${id}/prices`, { effectiveFrom: inAnHour(), buckets });
      const [entry] = await gateway.app.get(ModelReads).entries([id]);

      expect(entry).toMatchObject({ id, providerId, upstreamId: 'gpt-4o-mini', capabilities: new Set() });
      expect(entry?.prices.map((price) => price.buckets)).toEqual([
        { input: 150_000n, cachedInput: 75_000n, output: 600_000n },
        { input: 999_999_999_999_999_999n, image: 40_000n },
      ]);
      expect(entry?.prices[1]?.tiers).toEqual([{ aboveTokens: 200_000, buckets: { input: 2_500_000n } }]);
    });

    it('keeps the prices of a model that is removed, for the ledger', async () => {
      const { id, price } = await create({ price: { buckets } });
      expect((await root.send('DELETE', `/admin/v1/models/${id}`)).status).toBe(204);
      const rows = await gateway.database.query(`select model_id from price where id = $1`, [(price as PriceView).id]);
      expect(rows).toEqual([{ model_id: null }]);
      expect(await gateway.app.get(ModelReads).entries([id])).toEqual([]);
    });
  });

  it('hands providers to the data plane, with where their credentials are', async () => {
    const reads = gateway.app.get(ProviderReads);
    const [entry] = await reads.entries([providerId]);
    expect(entry).toMatchObject({
      id: providerId,
      origin: 'http://127.0.0.1:11434',
      basePath: '/v1',
      needsCredential: false,
      generation: 1,
    });
    const places = await reads.credentialPlaces([providerId]);
    expect(places.get(providerId)).toEqual({ driver: 'openai-compatible', kind: 'none' });
    expect((await reads.entries('all')).length).toBeGreaterThan(1);
  });
});
