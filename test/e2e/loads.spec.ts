import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { LoadReader } from '../../src/routing/load/load-reader.service.js';
import { Compiler } from '../../src/routing/compiler.service.js';
import { CurrentViews } from '../../src/snapshot/current-views.js';
import { startSimulator, type Simulator } from '../../src/simulator/simulator.js';
import { createOwner, createPlace, sendAs, type Place, type Send } from '../support/principals.js';
import { routeThrough } from '../support/route-through.js';
import { startTestApp, type TestApp } from '../support/test-app.js';

interface Load {
  items: { baseUrl: string; seenAt: string | null; cacheUsage: number | null; models: object[] }[];
}

describe('the load that servers tell', () => {
  let gateway: TestApp;
  let root: Place & { send: Send };
  let busy: Simulator;
  let calm: Simulator;
  let providerId: string;
  let models: string[];

  beforeAll(async () => {
    [busy, calm] = await Promise.all([startSimulator({ needsKey: false }), startSimulator({ needsKey: false })]);
    gateway = await startTestApp({ config: { WAGGLE_LOAD_SECONDS: '0' } });
    root = await createOwner(gateway);
    const one = await routeThrough(gateway, root.send, { driver: 'vllm', baseUrl: `${busy.url}/v1` });
    const other = await routeThrough(gateway, root.send, { driver: 'vllm', baseUrl: `${calm.url}/v1` });
    providerId = one.providerId;
    models = [one.modelId, other.modelId];
    return async () => {
      await gateway.close();
      await busy.close();
      await calm.close();
    };
  });

  const round = () => gateway.app.get(LoadReader).round();
  const loadOf = async (id = providerId, send = root.send): Promise<Load> =>
    (await (await send('GET', `/admin/v1/providers/${id}/load`)).json()) as Load;

  it('is shown once it was asked for', async () => {
    expect(await loadOf()).toEqual({
      items: [{ baseUrl: `${busy.url}/v1`, seenAt: null, cacheUsage: null, models: [] }],
    });
    Object.assign(busy.load, { running: 4, waiting: 9, cacheUsage: 0.75 });
    await round();
    expect(await loadOf()).toEqual({
      items: [
        {
          baseUrl: `${busy.url}/v1`,
          seenAt: expect.any(String),
          cacheUsage: 0.75,
          models: [{ upstreamId: 'sim-chat', running: 4, waiting: 9 }],
        },
      ],
    });
  });

  it('sends calls of a profile of the least loaded to whom has less to do', async () => {
    const targets = models.map((model) => ({ model }));
    const routing = { strategy: 'least_loaded' };
    await root.send('POST', '/admin/v1/profiles?project=default', { name: 'least', routing, targets });
    const token = await root.send('POST', '/admin/v1/tokens?project=default', { name: 'least' });
    const { token: text } = (await token.json()) as { token: string };
    await gateway.app.get(Compiler).refresh();
    const chats = async (): Promise<number[]> => {
      for (const { stats } of [busy, calm]) stats.reset();
      const body = { model: 'least', messages: [{ role: 'user', content: 'Hi' }] };
      const init = { headers: { authorization: `Bearer ${text}` } };
      for (let call = 0; call < 6; call++) await gateway.send('POST', '/v1/chat/completions', body, init);
      return [busy, calm].map(({ stats }) => stats.totals().byOperation.chat ?? 0);
    };
    Object.assign(busy.load, { running: 1, waiting: 1 });
    Object.assign(calm.load, { running: 0, waiting: 0 });
    await round();
    expect(await chats()).toEqual([0, 6]);
    Object.assign(calm.load, { running: 3, waiting: 0 });
    await round();
    expect(await chats()).toEqual([6, 0]);
  });

  it('is forgotten with its provider, and says nothing when it is old', async () => {
    await round();
    const { loads } = gateway.app.get(CurrentViews);
    vi.useFakeTimers({ now: Date.now() + 31_000, toFake: ['Date'] });
    expect(loads.of(providerId, 'sim-chat')).toBeUndefined();
    vi.useRealTimers();
    expect(loads.of(providerId, 'sim-chat')).toBeDefined();
    await root.send('PATCH', `/admin/v1/providers/${providerId}`, { isEnabled: false });
    await gateway.app.get(Compiler).refresh();
    await round();
    expect(loads.of(providerId, 'sim-chat')).toBeUndefined();
  });

  it('is not waited for long, and nonsense is not believed', async () => {
    const answers: ((end: (text: string) => void) => void)[] = [
      () => undefined, // silent
      (end) => end('<html></html>'),
      (end) => end('x'.repeat(3 * 1024 * 1024)),
    ];
    for (const answer of answers) {
      const server = createServer((_, response) => answer((text) => response.end(text))).listen(0, '127.0.0.1');
      await new Promise((resolve) => server.once('listening', resolve));
      const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
      const { providerId: id } = await routeThrough(gateway, root.send, { driver: 'vllm', baseUrl });
      await round();
      expect((await loadOf(id)).items).toMatchObject([{ baseUrl, seenAt: null }]);
      server.closeAllConnections();
      server.close();
    }
  });

  it('is nothing for other tenants', async () => {
    const { tenantId } = await createPlace(gateway);
    const foreign = await sendAs(gateway, 'owner', { tenantId });
    expect((await foreign('GET', `/admin/v1/providers/${providerId}/load`)).status).toBe(404);
  });

  it('is read by itself', async () => {
    const other = await startTestApp({ config: { WAGGLE_LOAD_SECONDS: '1' } });
    try {
      const { send } = await createOwner(other);
      const { providerId: id } = await routeThrough(other, send, { driver: 'vllm', baseUrl: `${calm.url}/v1` });
      const seen = async () => expect((await loadOf(id, send)).items[0]?.seenAt).toEqual(expect.any(String));
      await vi.waitFor(seen, { timeout: 10_000, interval: 50 });
    } finally {
      await other.close();
    }
  });
});
