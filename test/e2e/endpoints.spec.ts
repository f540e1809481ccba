import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { HealthProber } from '../../src/routing/health/health-prober.service.js';
import { CurrentHealth } from '../../src/snapshot/health/current-health.js';
import { startSimulator, type Simulator } from '../../src/simulator/simulator.js';
import { createOwner, type Place, type Send } from '../support/principals.js';
import { routeThrough } from '../support/route-through.js';
import { startTestApp, type TestApp } from '../support/test-app.js';

interface View {
  id: string;
  code?: string;
  endpoints: string[];
}

const KEY = 'sk-of-the-cluster';

/** An address at which nobody listens. */
async function deadUrl(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return `http://127.0.0.1:${port}/v1`;
}

describe('a provider of several servers', () => {
  let gateway: TestApp;
  let root: Place & { send: Send };
  let servers: Simulator[];
  let urls: string[];
  let dead: string;

  beforeAll(async () => {
    servers = await Promise.all([1, 2, 3].map(() => startSimulator({ apiKey: KEY })));
    urls = servers.map(({ url }) => `${url}/v1`);
    dead = await deadUrl();
    gateway = await startTestApp();
    root = await createOwner(gateway);
    return async () => {
      await gateway.close();
      for (const server of servers) await server.close();
    };
  });
  beforeEach(() => {
    for (const { stats } of servers) stats.reset();
  });

  const provider = (endpoints: string[], baseUrl = urls[0]!) => {
    return { driver: 'vllm', baseUrl, endpoints, credential: { value: KEY } };
  };
  const calls = (): number[] => servers.map(({ stats }) => stats.totals().byOperation.chat ?? 0);
  let count = 0;
  const create = async (body: object): Promise<{ status: number; view: View }> => {
    const response = await root.send('POST', '/admin/v1/providers', { name: `e-${++count}`, ...body });
    return { status: response.status, view: (await response.json()) as View };
  };

  it('spreads its calls, each in turn when all have as much to do', async () => {
    const { chat } = await routeThrough(gateway, root.send, provider(urls.slice(1)));
    for (let call = 0; call < 9; call++) expect((await chat()).status).toBe(200);
    expect(calls()).toEqual([3, 3, 3]);
  });

  it('gives a call to whoever has the least under way', async () => {
    const { chat } = await routeThrough(gateway, root.send, provider(urls.slice(1)));
    const waiting = Array.from({ length: 2 }, () => chat('[[simulate delayMs=2000]]'));
    await vi.waitUntil(() => servers.filter(({ stats }) => stats.totals().open > 0).length === 2, { timeout: 5000 });
    const idle = servers.findIndex(({ stats }) => stats.totals().open === 0);
    for (let call = 0; call < 5; call++) expect((await chat()).status).toBe(200);
    expect(calls()[idle]).toBe(5);
    for (const response of await Promise.all(waiting)) expect(response.status).toBe(200);
    for (let call = 0; call < 3; call++) await chat(); // what has ended weighs nothing any more
    expect(calls().toSorted()).toEqual([2, 2, 6]);
  });

  it('passes over a server that can not be reached, without the client or the health of the model noticing', async () => {
    const routed = await routeThrough(gateway, root.send, provider([dead, urls[1]!]));
    for (let call = 0; call < 6; call++) expect((await routed.chat()).status).toBe(200);
    const health = gateway.app.get(CurrentHealth).target(routed.providerId, routed.modelId);
    expect(health.counts(Date.now())).toEqual({ good: 6, bad: 0 });
    expect(calls()[0]! + calls()[1]!).toBe(6);
    expect(Math.min(calls()[0]!, calls()[1]!)).toBeGreaterThan(0);
  });

  it('fails as others do when no server can be reached', async () => {
    const routed = await routeThrough(gateway, root.send, provider([await deadUrl()], dead));
    const answer = await routed.chat();
    expect([answer.status, await answer.json()]).toMatchObject([502, { error: { code: 'upstream_error' } }]);
  });

  it('is well for probes while one server is', async () => {
    const routed = await routeThrough(gateway, root.send, provider([urls[1]!], dead));
    for (let round = 0; round < 3; round++) await gateway.app.get(HealthProber).round();
    expect(gateway.app.get(CurrentHealth).target(routed.providerId, routed.modelId).state).toBe('closed');
  });

  it('is tested server by server', async () => {
    const { view } = await create(provider([urls[1]!, dead]));
    const response = await root.send('POST', `/admin/v1/providers/${view.id}/test`, { upstreamId: 'sim-chat' });
    expect(await response.json()).toMatchObject({
      verdict: 'refused',
      steps: [
        { name: 'models', verdict: 'ok' },
        { name: 'endpoint', verdict: 'ok', detail: servers[1]!.url },
        { name: 'endpoint', verdict: 'refused', detail: expect.stringContaining(dead.replace('/v1', '')) },
        { name: 'call', verdict: 'ok' },
      ],
    });
  });

  it('shows and changes its endpoints, and needs its credential again for a new one', async () => {
    const { view } = await create(provider([urls[1]!]));
    expect(view.endpoints).toEqual([urls[1]]);
    const patch = async (body: object) => {
      const response = await root.send('PATCH', `/admin/v1/providers/${view.id}`, body);
      return { http: response.status, ...((await response.json()) as View) };
    };
    expect(await patch({ endpoints: [urls[2]!] })).toMatchObject({ http: 400, code: 'provider.credential_needed' });
    const given = { endpoints: [urls[2]!], credential: { value: KEY } };
    expect(await patch(given)).toMatchObject({ http: 200, endpoints: [urls[2]] });
    expect(await patch({ baseUrl: urls[2]!, endpoints: [urls[0]!] })).toMatchObject({ http: 200 });
    expect(await patch({ endpoints: [] })).toMatchObject({ http: 200, endpoints: [] });
  });

  it.each<[string, () => object, string]>([
    ['a driver of hosted models', () => ({ ...provider([urls[1]!]), driver: 'openai' }), 'endpoints'],
    ['another path', () => provider([urls[1]!.replace('/v1', '/v2')]), 'endpoints'],
    ['the base URL again', () => provider([urls[0]!]), 'endpoints'],
    ['the metadata of a cloud', () => provider([urls[1]!, 'http://169.254.169.254/v1']), 'endpoints.1'],
  ])('refuses %s', async (_, body, path) => {
    const { status, view } = await create(body());
    expect({ http: status, ...view }).toMatchObject({
      http: 400,
      code: 'provider.invalid_field',
      details: { issues: [{ path }] },
    });
  });
});
