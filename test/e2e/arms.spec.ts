import { Compiler } from '../../src/routing/compiler.service.js';
import { CurrentViews } from '../../src/snapshot/current-views.js';
import { ArmLearning } from '../../src/usage/arms/arm-learning.service.js';
import { createOwner, createPlace, sendAs, type Place, type Send } from '../support/principals.js';
import { startQuickUpstream } from '../support/quick-upstream.js';
import { startTestApp, type TestApp } from '../support/test-app.js';

interface Arm {
  modelName: string;
  size: string;
  attempts: number;
  successes: number;
  drawn: number;
  reward: number;
  ips: number | null;
  snips: number | null;
}

describe('a profile that learns', () => {
  let gateway: TestApp;
  let root: Place & { send: Send };
  let token: string;
  let profileId: string;
  const models: Record<string, string> = {};

  beforeAll(async () => {
    const upstream = await startQuickUpstream('up-bad');
    gateway = await startTestApp({ config: { WAGGLE_LOG_LEVEL: 'fatal' } });
    root = await createOwner(gateway);
    for (const name of ['good', 'bad']) {
      await create('providers', { name, driver: 'openai-compatible', baseUrl: upstream.baseUrl });
      models[name] = await create('models', { provider: name, name, upstreamId: `up-${name}`, operation: 'chat' });
    }
    const routing = { strategy: 'thompson', exploration: 0.2 };
    profileId = await create('profiles', { name: 'learns', routing, targets: [{ model: 'bad' }, { model: 'good' }] });
    const issued = await root.send('POST', '/admin/v1/tokens?project=default', { name: 'caller' });
    ({ token } = (await issued.json()) as { token: string });
    await gateway.app.get(Compiler).refresh();
    return async () => {
      await gateway.close();
      upstream.close();
    };
  });

  const create = async (path: string, body: object): Promise<string> => {
    const response = await root.send('POST', `/admin/v1/${path}?project=default`, body);
    const view = (await response.json()) as { id: string };
    expect(response.status, JSON.stringify(view)).toBe(201);
    return view.id;
  };
  const call = async (): Promise<void> => {
    const body = { model: 'learns', messages: [{ role: 'user', content: 'Hello' }] };
    const headers = { authorization: `Bearer ${token}` };
    await (await gateway.send('POST', '/v1/chat/completions', body, { headers })).arrayBuffer();
  };
  const shareOf = (name: string) =>
    gateway.app.get(CurrentViews).arms.shareOf(profileId, models[name] ?? '', 'small') ?? 0;
  const report = async (send = root.send): Promise<Arm[]> => {
    const response = await send('GET', `/admin/v1/routing/arms?profile=${profileId}`);
    expect(response.status).toBe(200);
    return ((await response.json()) as { items: Arm[] }).items;
  };

  it('finds out from the ledger which target is good, and gives it the calls', async () => {
    for (let number = 0; number < 40; number++) await call();
    await vi.waitFor(
      async () => {
        await gateway.app.get(ArmLearning).refresh(); // counts nothing until this process leads
        expect(shareOf('good')).toBeGreaterThan(0.9);
      },
      { timeout: 15_000, interval: 200 },
    );
    expect(shareOf('good') + shareOf('bad')).toBeCloseTo(1);
    const simulated = await root.send('POST', '/admin/v1/routing/simulate', {
      profile: 'learns',
      seen: Object.entries(models).map(([name, modelId]) => ({ modelId, share: shareOf(name) })),
    });
    const { candidates } = (await simulated.json()) as { candidates: { modelName: string; propensity: number }[] };
    const good = candidates.find(({ modelName }) => modelName === 'good');
    expect(good?.propensity).toBeCloseTo(0.1 + 0.8 * shareOf('good'));
  });

  it('counts each attempt once, however often it counts', async () => {
    const sum = async () => gateway.database.query(`select sum(attempts) as n, sum(reward) as r from routing_arm_slot`);
    const before = await sum();
    await gateway.app.get(ArmLearning).refresh();
    expect(await sum()).toEqual(before);
  });

  it('reports how each target did, and would do with all calls', async () => {
    const arms = await report();
    expect(arms.map(({ modelName, size }) => [modelName, size]).sort()).toEqual([
      ['bad', 'small'],
      ['good', 'small'],
    ]);
    const [bad, good] = ['bad', 'good'].map((name) => arms.find(({ modelName }) => modelName === name));
    expect(bad).toMatchObject({ successes: 0, reward: 0, ips: 0, snips: 0 });
    expect(good?.successes).toBe(good?.attempts);
    expect(good?.reward).toBeGreaterThan(0.4);
    expect(good?.snips).toBeGreaterThan(0.4);
    expect((good?.drawn ?? 0) + (bad?.drawn ?? 0)).toBeLessThanOrEqual(40);
  });

  it('reports nothing to another tenant, and refuses a range that is none', async () => {
    const place = await createPlace(gateway);
    expect(await report(await sendAs(gateway, 'owner', { tenantId: place.tenantId }))).toEqual([]);
    const range = 'from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z';
    expect((await root.send('GET', `/admin/v1/routing/arms?profile=${profileId}&${range}`)).status).toBe(400);
  });
});
