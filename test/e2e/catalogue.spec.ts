import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Catalogue } from '../../src/catalogue/catalogue.service.js';
import { newId } from '../../src/common/ids.js';
import { createOwner, createPlace, sendAs, type Place, type Send } from '../support/principals.js';
import { startTestApp, type TestApp } from '../support/test-app.js';
import { createTestDatabase } from '../support/test-database.js';

interface CatalogueAnswer {
  layers: { layer: string; version: string; models: number; skipped: number; isStale: boolean }[];
  problem: string | null;
}

/** A models.dev document of one provider; the first model has the given input price. */
function documentOf(models: number, { input = 1, provider = 'acme' } = {}): object {
  const rows = Array.from({ length: models }, (_, index) => [
    `model-${index}`,
    { name: `Model ${index}`, cost: { input: index === 0 ? input : 1, output: 2 }, limit: { context: 1000 } },
  ]);
  return { [provider]: { name: 'Acme', models: Object.fromEntries(rows) } };
}

describe('the bundled catalogue', () => {
  let gateway: TestApp;
  let root: Place & { send: Send };
  let catalogue: Catalogue;

  beforeAll(async () => {
    gateway = await startTestApp();
    root = await createOwner(gateway);
    catalogue = gateway.app.get(Catalogue);
    return () => gateway.close();
  });

  const get = async (path: string): Promise<unknown> => (await root.send('GET', `/admin/v1/catalogue${path}`)).json();

  it('is there without any network', async () => {
    expect(await get('')).toMatchObject({
      layers: [{ layer: 'bundled', version: expect.stringMatching(/^genai-prices-/), ageDays: null, isStale: false }],
      refreshesFrom: null,
      checkedAt: null,
      problem: null,
    });
    const refresh = await root.send('POST', '/admin/v1/catalogue/refresh');
    expect([refresh.status, ((await refresh.json()) as { code: string }).code]).toEqual([409, 'catalogue.no_source']);
  });

  it('lists models by provider and part of the name, page by page', async () => {
    const first = (await get('/models?provider=openai&q=4o&limit=3')) as {
      items: { provider: string; upstreamId: string }[];
      nextCursor: string;
    };
    expect(first.items).toHaveLength(3);
    expect(first.items.every(({ provider, upstreamId }) => provider === 'openai' && upstreamId.includes('4o'))).toBe(
      true,
    );
    const next = (await get(`/models?provider=openai&q=4o&limit=3&cursor=${first.nextCursor}`)) as typeof first;
    expect(next.items[0]?.upstreamId.localeCompare(first.items[2]?.upstreamId ?? '')).toBe(1);
    expect(await get('/models?provider=nobody')).toEqual({ items: [], nextCursor: null });
  });

  it.each([
    ['openai', 'gpt-4o-mini', 'gpt-4o-mini', 'exact'],
    ['openai', 'gpt-4o-mini-2024-07-18', 'gpt-4o-mini', 'rule'],
    ['openai', 'GPT-4o-Mini', 'gpt-4o-mini', 'case'],
    ['x-ai', 'grok-3', 'grok-3', 'exact'],
  ])('knows %s %s as %s by %s', async (provider, upstreamId, id, matchedBy) => {
    const check = await catalogue.validate({ provider, upstreamId, operation: 'chat' });
    expect(check).toMatchObject({ kind: 'known', matchedBy, model: { upstreamId: id } });
  });

  it('suggests what may have been meant', async () => {
    expect(await get('/check?provider=openai&upstreamId=gpt4o-mini')).toMatchObject({
      kind: 'unknown_model',
      model: null,
      suggestions: expect.arrayContaining(['gpt-4o-mini']),
    });
    expect(await catalogue.validate({ provider: 'antropic', upstreamId: 'x' })).toEqual({
      kind: 'unknown_provider',
      suggestions: expect.arrayContaining(['anthropic']),
    });
  });

  it('warns, and never refuses', async () => {
    const codes = async (upstreamId: string, operation: 'chat' | 'embeddings'): Promise<string[]> => {
      const check = await catalogue.validate({ provider: 'openai', upstreamId, operation });
      return check.kind === 'known' ? check.warnings.map(({ code }) => code) : [check.kind];
    };
    expect(await codes('gpt-4o-mini', 'chat')).toEqual([]);
    expect(await codes('text-embedding-3-small', 'chat')).toEqual(['operation_mismatch']);
    expect(await codes('GPT-4O-MINI', 'embeddings')).toEqual(['not_exact', 'operation_mismatch']);
  });

  it('prefills prices with their source, the one in force first', async () => {
    const wanted = { provider: 'openai', upstreamId: 'gpt-5.6-luna' };
    const before = await catalogue.prefill(wanted, new Date('2026-07-01'));
    expect(before?.priceSource).toMatch(/^catalogue@genai-prices-/);
    expect(before?.prices.map(({ effectiveFrom }) => effectiveFrom)).toEqual([null, '2026-07-30']);
    const after = await catalogue.prefill(wanted, new Date('2026-08-01'));
    expect(after?.prices.map(({ buckets }) => buckets.input)).toEqual(['0.2']);
    expect(await catalogue.prefill({ provider: 'openai', upstreamId: 'my-fine-tune' })).toBeNull();
  });

  it('reports how models differ from it', async () => {
    const buckets = { input: '0.15', cachedInput: '0.075', output: '0.6', search: '0.01' };
    const model = { provider: 'openai', upstreamId: 'gpt-4o-mini' };
    const drift = await catalogue.drift([
      { ...model, id: 'same', price: { buckets, tiers: [] } },
      { ...model, id: 'dearer', price: { buckets: { ...buckets, output: '0.7' }, tiers: [] } },
      { ...model, id: 'unpriced', price: null },
      { provider: 'openai', upstreamId: 'my-fine-tune', id: 'private', price: null },
      { provider: 'my-own-gpu', upstreamId: 'x', id: 'own', price: null },
    ]);
    expect(drift.map(({ kind, id }) => [kind, id])).toEqual([
      ['price_changed', 'dearer'],
      ['price_changed', 'unpriced'],
      ['unlisted', 'private'],
    ]);
    expect(drift[0]).toMatchObject({ listed: { buckets }, ours: { buckets: { output: '0.7' } } });
  });

  it('is read by viewers, and changed by the root tenant', async () => {
    const viewer = await sendAs(gateway, 'viewer', { tenantId: root.tenantId });
    expect((await viewer('GET', '/admin/v1/catalogue')).status).toBe(200);
    expect((await viewer('POST', '/admin/v1/catalogue/import', {})).status).toBe(403);
    const stranger = await sendAs(gateway, 'owner', { tenantId: (await createPlace(gateway)).tenantId });
    expect((await stranger('POST', '/admin/v1/catalogue/import', {})).status).toBe(403);
  });
});

describe('a catalogue that is refreshed', () => {
  let gateway: TestApp;
  let root: Place & { send: Send };
  let server: Server;
  let answer: RequestListener = (request) => request.destroy();
  const asked: (string | undefined)[] = [];

  beforeAll(async () => {
    server = createServer((request, response) => {
      asked.push(request.headers['if-none-match']);
      answer(request, response);
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/api.json`;
    gateway = await startTestApp({ config: { WAGGLE_CATALOGUE_URL: url } });
    root = await createOwner(gateway);
    return async () => {
      await gateway.close();
      server.close();
    };
  });

  const serve = (document: object, etag?: string): void => {
    answer = (_, response) => {
      if (etag) response.setHeader('etag', etag);
      response.end(JSON.stringify(document));
    };
  };
  const refresh = async (): Promise<Record<string, unknown>> => {
    const response = await root.send('POST', '/admin/v1/catalogue/refresh');
    return { status: response.status, ...((await response.json()) as object) };
  };
  const show = async (): Promise<CatalogueAnswer> =>
    (await (await root.send('GET', '/admin/v1/catalogue')).json()) as CatalogueAnswer;

  it('starts although the source is away, and says what is wrong', async () => {
    answer = (request) => request.destroy();
    expect(await refresh()).toMatchObject({ status: 502, code: 'catalogue.unreachable' });
    expect((await show()).problem).toMatch(/did not answer/);
    answer = (_, response) => response.writeHead(500).end();
    expect(await refresh()).toMatchObject({ status: 502, title: expect.stringContaining('500') });
  });

  it('lies over the bundled one', async () => {
    serve({ ...documentOf(10), openai: { models: { 'gpt-4o-mini': { name: 'Mini', tool_call: true } } } }, '"v1"');
    expect(await refresh()).toMatchObject({ status: 200, outcome: 'updated', added: 11, removed: 0, repriced: 0 });
    const mini = await root.send('GET', '/admin/v1/catalogue/check?provider=openai&upstreamId=gpt-4o-mini');
    expect(await mini.json()).toMatchObject({
      model: {
        name: 'Mini',
        capabilities: ['tools'],
        prices: [{ buckets: { input: '0.15' } }],
        priceSource: expect.stringContaining('genai-prices'),
      },
    });
    expect((await show()).problem).toBeNull();
  });

  it('asks only for what is new', async () => {
    answer = (_, response) => response.writeHead(304).end();
    expect(await refresh()).toMatchObject({ outcome: 'unchanged' });
    expect(asked.at(-1)).toBe('"v1"');
  });

  it('counts what changed, in the audit trail too, and changes no price of ours', async () => {
    serve({ ...documentOf(11, { input: 3 }), openai: { models: { 'gpt-4o-mini': {} } } }, '"v2"');
    expect(await refresh()).toMatchObject({ outcome: 'updated', added: 1, removed: 0, repriced: 1 });
    const [entry] = await gateway.database.query(
      `select after from audit_entry where action = 'catalogue.refreshed' order by sequence desc limit 1`,
    );
    expect(entry).toMatchObject({ after: { added: 1, repriced: 1, models: 12 } });
    expect(await gateway.database.query(`select state from catalogue_release where layer = 'refreshed'`)).toHaveLength(
      2,
    );
  });

  it.each<[string, RequestListener, string]>([
    ['a document that looks cut off', (_, response) => void response.end(JSON.stringify(documentOf(5))), 'shrunk'],
    ['what is not JSON', (_, response) => void response.end('<html>'), 'malformed'],
    ['JSON of another shape', (_, response) => void response.end('{"a": 1}'), 'malformed'],
    ['more than 8 MB', (_, response) => void response.end('x'.repeat(9_000_000)), 'too_large'],
  ])('refuses %s, and keeps what it has', async (_, listener, code) => {
    const before = await show();
    answer = listener;
    expect(await refresh()).toMatchObject({ code: `catalogue.${code}` });
    expect((await show()).layers).toEqual(before.layers);
  });

  it('takes an upload, also a smaller one when forced to', async () => {
    const upload = (document: object, query = ''): Promise<Response> =>
      root.send('POST', `/admin/v1/catalogue/import${query}`, document);
    const small = documentOf(3);
    expect((await upload(small)).status).toBe(422);
    const forced = await upload(small, '?force=true');
    expect(await forced.json()).toMatchObject({ outcome: 'updated', removed: 9 });
    expect(await (await upload(small)).json()).toMatchObject({ outcome: 'unchanged' });
    const large = { acme: { models: Object.fromEntries(Array.from({ length: 30_000 }, (_, i) => [`m${i}`, {}])) } };
    expect(JSON.stringify(large).length).toBeLessThan(1_000_000);
    const padded = Object.assign(large, { padding: 'x'.repeat(2_000_000) });
    expect(await (await upload(padded)).json()).toMatchObject({ outcome: 'updated', skipped: 1 });
  });
});

describe('a catalogue in a file', () => {
  it('is read anew when it changed', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'waggle-catalogue-'));
    const path = join(folder, 'api.json');
    const gateway = await startTestApp({ config: { WAGGLE_CATALOGUE_URL: pathToFileURL(path).href } });
    try {
      const { send } = await createOwner(gateway);
      const refresh = async (): Promise<unknown> => (await send('POST', '/admin/v1/catalogue/refresh')).json();
      expect(await refresh()).toMatchObject({ code: 'catalogue.unreachable' });
      await writeFile(path, JSON.stringify(documentOf(2)));
      expect(await refresh()).toMatchObject({ outcome: 'updated', added: 2 });
      expect(await refresh()).toMatchObject({ outcome: 'unchanged' });
      await writeFile(path, JSON.stringify(documentOf(2, { input: 9 })));
      expect(await refresh()).toMatchObject({ outcome: 'updated', repriced: 1 });
    } finally {
      await gateway.close();
      await rm(folder, { recursive: true });
    }
  });
});

describe('a catalogue with an address', () => {
  it('is refreshed by the leading server alone, soon after its start', async () => {
    const asked: string[] = [];
    const server = createServer((request, response) => {
      asked.push(request.method ?? '');
      response.end(JSON.stringify(documentOf(3)));
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const config = {
      WAGGLE_MASTER_KEY: '0'.repeat(64),
      WAGGLE_CATALOGUE_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}/api.json`,
    };
    const database = await createTestDatabase();
    await database.query(`insert into tenant (id, name, is_root) values ($1, 'root', true)`, [newId()]);
    const gateways = [await startTestApp({ config, database }), await startTestApp({ config, database })];
    try {
      const written = `select actor_kind, actor_name from audit_entry where action = 'catalogue.refreshed'`;
      await vi.waitFor(
        async () =>
          expect(await database.query(written)).toEqual([{ actor_kind: 'system', actor_name: 'catalogue schedule' }]),
        { timeout: 10_000, interval: 100 },
      );
      expect(asked).toEqual(['GET']);
    } finally {
      await Promise.all(gateways.map((gateway) => gateway.close()));
      await database.drop();
      server.close();
    }
  });
});
