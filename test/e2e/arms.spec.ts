import { DataSource } from 'typeorm';
import { newId } from '../../src/common/ids.js';
import { recordChanges } from '../../src/database/config-change.js';
import { Compiler } from '../../src/routing/compiler.service.js';
import { CurrentViews } from '../../src/snapshot/current-views.js';
import { ArmLearning } from '../../src/usage/arms/arm-learning.service.js';
import { Drain } from '../../src/usage/drain.service.js';
import { createOwner, createPlace, sendAs, type Place, type Send } from '../support/principals.js';
import { startQuickUpstream } from '../support/quick-upstream.js';
import { startTestApp, type TestApp } from '../support/test-app.js';
import { insertTokens } from '../support/tokens.js';

interface Arm {
  modelName: string;
  size: string;
  attempts: number;
  successes: number;
  drawn: number;
  reward: number;
  feedback: number | null;
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
  const headers = () => ({ headers: { authorization: `Bearer ${token}` } });
  const call = async (): Promise<string> => {
    const body = { model: 'learns', messages: [{ role: 'user', content: 'Hello' }] };
    const response = await gateway.send('POST', '/v1/chat/completions', body, headers());
    await response.arrayBuffer();
    return response.headers.get('x-request-id') ?? '';
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
    await gateway.app.get(Drain, { strict: false }).drain();
    await gateway.app.get(ArmLearning).refresh();
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

  it('hears what clients think of answers: the latest counts, like one more attempt', async () => {
    const request_id = await call();
    const give = (body: object) => gateway.send('POST', '/v1/feedback', body, headers());
    for (const score of [0.1, 0.9]) {
      const response = await give({ request_id, score });
      expect([response.status, await response.json()]).toEqual([202, { object: 'feedback' }]);
    }
    await vi.waitFor(async () => expect((await report()).map(({ feedback }) => feedback)).toContain(0.9));
    await gateway.app.get(Drain, { strict: false }).drain();
    await gateway.app.get(ArmLearning).refresh();
    const [slots] = await gateway.database.query<{ n: string }>(`select sum(attempts) as n from routing_arm_slot`);
    const [{ n } = { n: '' }] = await gateway.database.query<{ n: string }>(
      `select count(*) as n from attempt where profile_id = $1`,
      [profileId],
    );
    expect(Number(slots?.n)).toBe(Number(n) + 1);
  });

  it('hears no nonsense, nobody without a token, and nothing about what is not the own', async () => {
    const give = (body: object, init = headers()) => gateway.send('POST', '/v1/feedback', body, init);
    for (const body of [
      {},
      { request_id: 'x', score: 1 },
      { request_id: newId(), score: 2 },
      { request_id: newId() },
    ]) {
      expect((await give(body)).status).toBe(400);
    }
    expect((await give({ request_id: newId(), score: 1 }, { headers: { authorization: 'Bearer x' } })).status).toBe(
      401,
    );
    const place = await createPlace(gateway);
    const [stranger] = await insertTokens(gateway.database, place, 1);
    await gateway.app
      .get(DataSource)
      .transaction((manager) => recordChanges(manager, [{ kind: 'token', id: stranger!.id }]));
    await gateway.app.get(Compiler).refresh();
    const other = { headers: { authorization: `Bearer ${stranger!.text}` } };
    const request_id = await call();
    expect((await give({ request_id, score: 0.5 }, other)).status).toBe(202);
    await vi.waitFor(async () =>
      expect(await gateway.database.query(`select from request_feedback where score = 0.5`)).toHaveLength(1),
    );
    expect((await report()).map(({ feedback }) => feedback).filter((each) => each !== null)).toEqual([0.9]);
  });

  it('reports nothing to another tenant, and refuses a range that is none', async () => {
    const place = await createPlace(gateway);
    expect(await report(await sendAs(gateway, 'owner', { tenantId: place.tenantId }))).toEqual([]);
    const range = 'from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z';
    expect((await root.send('GET', `/admin/v1/routing/arms?profile=${profileId}&${range}`)).status).toBe(400);
  });
});
