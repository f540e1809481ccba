import { DataSource } from 'typeorm';
import type { DecisionRecord } from '../../src/journal/decision-record.js';
import { Compiler } from '../../src/routing/compiler.service.js';
import { RoutingService } from '../../src/routing/routing.service.js';
import type { SimulateRequest } from '../../src/routing/simulate.dto.js';
import { toInputs } from '../../src/usage/explanation.dto.js';
import { createOwner, type Place, type Send } from '../support/principals.js';
import { startQuickUpstream } from '../support/quick-upstream.js';
import { startTestApp, type TestApp } from '../support/test-app.js';

interface Explanation {
  modelId: string;
  decision: {
    strategy: string;
    candidates: { modelId: string; propensity: number | null }[];
    rejected: { modelId: string; reason: string }[];
    inputs: object;
  } | null;
  attempts: object[];
}

interface Simulation {
  seed: number;
  candidates: { modelId: string; modelName: string; propensity: number | null }[];
  rejected: { modelId: string; reason: string }[];
}

interface Row {
  profile_id: string;
  project_id: string;
  operation: string;
  started_at: Date;
  decision: DecisionRecord;
}

const DECISIONS = 10_000;
const AT_ONCE = 16;

describe('decisions', () => {
  let gateway: TestApp;
  let root: Place & { send: Send };
  let token: string;
  const models: string[] = [];

  beforeAll(async () => {
    const upstream = await startQuickUpstream();
    gateway = await startTestApp({ config: { WAGGLE_LOG_LEVEL: 'error' } });
    root = await createOwner(gateway);
    await create('providers', { name: 'p', driver: 'openai-compatible', baseUrl: upstream.baseUrl });
    for (const [index, input] of ['1', '2', '0.5', '3'].entries()) {
      models.push(
        await create('models', {
          provider: 'p',
          name: `m${index}`,
          upstreamId: `up-${index}`,
          operation: 'chat',
          price: { buckets: { input, output: '1' } },
          ...(index === 0 && { capabilities: ['vision'], contextWindow: 8000 }),
        }),
      );
    }
    const issued = await root.send('POST', '/admin/v1/tokens?project=default', { name: 'caller' });
    ({ token } = (await issued.json()) as { token: string });
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
  const profile = async (name: string, routing: object | null, targets: object[] = [{}, {}, {}, {}]) => {
    const led = targets.map((each, index) => ({ model: `m${index}`, ...each }));
    await create('profiles', { name, routing, targets: led });
    await gateway.app.get(Compiler).refresh();
  };
  const call = async (model: string, body: object = {}, headers: Record<string, string> = {}): Promise<string> => {
    const messages = [{ role: 'user', content: 'Hello' }];
    const response = await gateway.send(
      'POST',
      '/v1/chat/completions',
      { model, messages, ...body },
      { headers: { authorization: `Bearer ${token}`, ...headers } },
    );
    const answer = await response.text();
    expect(response.status, answer).toBe(200);
    const hex = response.headers.get('x-request-id')?.slice('req_'.length) ?? '';
    return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
  };
  const explain = (id: string): Promise<Explanation> =>
    vi.waitFor(async () => {
      const response = await root.send('GET', `/admin/v1/routing/explain/${id}`);
      expect(response.status).toBe(200);
      return (await response.json()) as Explanation;
    });
  const simulate = async (body: object): Promise<Simulation> => {
    const response = await root.send('POST', '/admin/v1/routing/simulate', body);
    const view = (await response.json()) as Simulation;
    expect(response.status, JSON.stringify(view)).toBe(200);
    return view;
  };

  it('are kept with the request and explained: who was asked, who was not and why, and how to plan it again', async () => {
    await profile('explained', { strategy: 'weighted' }, [{}, { weight: 3 }, { isEnabled: false }]);
    const tools = [{ type: 'function', function: { name: 'f' } }];
    const explained = await explain(await call('explained', { tools }));
    expect(explained).toMatchObject({
      modelId: models[1],
      decision: {
        strategy: 'weighted',
        candidates: [{ modelId: models[1], modelName: 'm1', propensity: 1, terms: { weight: 3 } }],
        rejected: [
          { modelId: models[0], reason: 'no_tools' },
          { modelId: models[2], reason: 'target_disabled' },
        ],
      },
      attempts: [{ modelId: models[1], outcome: 'ok' }],
    });
    const again = await simulate(explained.decision?.inputs ?? {});
    expect(again).toMatchObject({
      candidates: [{ modelId: models[1] }],
      rejected: [{ reason: 'no_tools' }, { reason: 'target_disabled' }],
    });
  });

  it('are not kept where there was no choice', async () => {
    await profile('lone', null, [{}]);
    expect(await explain(await call('lone'))).toMatchObject({ modelId: models[0], decision: null, attempts: [{}] });
  });

  it('can be tried out: by features, by a body, by a seed, and in a world where things are otherwise', async () => {
    const short = { when: 'input_tokens', max: 1000 };
    await profile('tried', { strategy: 'cheapest' }, [{}, { conditions: short }, {}]);
    const order = async (body: object) =>
      (await simulate({ profile: 'tried', features: { inputTokens: 100 }, ...body })).candidates.map(
        ({ modelName }) => modelName,
      );
    expect(await order({})).toEqual(['m2', 'm0', 'm1']);
    expect(await order({ features: { inputTokens: 2000 } })).toEqual(['m2', 'm0']);
    expect(await order({ features: {}, body: { messages: [{ role: 'user', content: 'x'.repeat(8000) }] } })).toEqual([
      'm2',
      'm0',
    ]);
    expect(await order({ body: { tools: [{}] } })).toEqual(['m2', 'm1']);
    expect(await order({ seen: [{ modelId: models[2], reason: 'circuit_open' }] })).toEqual(['m0', 'm1']);
    expect(await order({ hints: { maxCostUsd: '0.000001' } })).toEqual([]);
    expect(await order({ hints: { prefer: ['m1'] } })).toEqual(['m1', 'm2', 'm0']);

    await profile('dealt', { strategy: 'weighted' });
    const first = await simulate({ profile: 'dealt' });
    const second = await simulate({ profile: 'dealt', seed: first.seed });
    expect(second.candidates).toEqual(first.candidates);
  });

  it('refuse to be tried out with nonsense', async () => {
    const response = await root.send('POST', '/admin/v1/routing/simulate', {
      profile: 'tried',
      seed: -1,
      features: { inputTokens: 'many' },
      seen: [{ reason: 'tired' }],
    });
    expect(response.status).toBe(400);
    expect(JSON.stringify(await response.json())).toMatch(/seed.*features.inputTokens.*seen.0/);
  });

  it('answer 400 when only the call itself is in the way, and keep why', async () => {
    await profile('blind', null, [{ conditions: { when: 'images', is: false } }]);
    const image = [{ type: 'image_url', image_url: { url: 'https://example.com/a.png' } }];
    const response = await gateway.send(
      'POST',
      '/v1/chat/completions',
      { model: 'blind', messages: [{ role: 'user', content: image }] },
      { headers: { authorization: `Bearer ${token}` } },
    );
    expect([response.status, await response.json()]).toMatchObject([400, { error: { code: 'no_fitting_target' } }]);
  });

  it(
    `come out the same when ${DECISIONS} live ones are simulated from what was kept`,
    { timeout: 240_000 },
    async () => {
      const strategies = ['weighted', 'round_robin', 'least_loaded', 'fastest', 'cheapest', 'scored'];
      const targets = [
        { weight: 1 },
        { weight: 2, conditions: { when: 'tools', is: false } },
        { weight: 0 },
        { priority: 1 },
      ];
      for (const strategy of strategies) await profile(`live-${strategy}`, { strategy }, targets);
      const stickiness = { by: 'conversation' };
      await profile('live-sticky', { strategy: 'fastest', stickiness }, targets);
      await profile('live-header', { stickiness: { by: 'header', key: 'x-session' } }, targets);
      const names = [...strategies, 'sticky', 'header'].map((name) => `live-${name}`);
      let next = 0;
      const worker = async () => {
        for (let number = next++; number < DECISIONS; number = next++) {
          const content = 'x'.repeat(number % 700);
          const tools = number % 3 === 0 ? { tools: [{ type: 'function', function: { name: 'f' } }] } : {};
          await call(
            names[number % names.length] ?? '',
            { messages: [{ role: 'user', content }], max_tokens: (number % 50) + 1, ...tools },
            { 'x-session': `s-${number % 97}` },
          );
        }
      };
      await Promise.all(Array.from({ length: AT_ONCE }, worker));
      const database = gateway.app.get(DataSource);
      const rows = await vi.waitFor(
        async () => {
          const found = await database.query<Row[]>(
            `select r.profile_id, r.project_id, r.operation, r.started_at, r.decision from request r
           join profile p on p.id = r.profile_id where p.name like 'live-%' and decision is not null`,
          );
          expect(found).toHaveLength(DECISIONS);
          return found;
        },
        { timeout: 60_000, interval: 500 },
      );

      const routing = gateway.app.get(RoutingService);
      const access = { tenantId: root.tenantId, projectIds: 'all' } as never;
      const different: object[] = [];
      for (const row of rows) {
        const inputs = toInputs(
          { profileId: row.profile_id, projectId: row.project_id, operation: row.operation, startedAt: row.started_at },
          row.decision,
        );
        const { candidates } = await routing.simulate(access, inputs as unknown as SimulateRequest);
        const [now, before] = [
          candidates.map(({ modelId }) => modelId),
          row.decision.candidates.map(({ model }) => model),
        ];
        if (now.join() !== before.join()) different.push({ now, before, decision: row.decision });
      }
      expect(different.slice(0, 3)).toEqual([]);
      expect(new Set(rows.map(({ decision }) => decision.candidates[0]?.model)).size).toBeGreaterThan(2);
    },
  );
});
