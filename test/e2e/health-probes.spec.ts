import { CurrentHealth } from '../../src/snapshot/health/current-health.js';
import { CurrentSnapshot } from '../../src/snapshot/current-snapshot.js';
import type { TargetHealth } from '../../src/snapshot/health/target-health.js';
import { answerWell, MortalUpstream } from '../support/mortal-upstream.js';
import { HealthProber } from '../../src/routing/health/health-prober.service.js';
import { patience } from '../support/patience.js';
import { createOwner } from '../support/principals.js';
import { startTestApp, type TestApp } from '../support/test-app.js';

const INTERVAL_MS = 1000;
const LONGEST_INTERVAL_MS = 1.2 * INTERVAL_MS;

describe('active probes', () => {
  let gateway: TestApp;
  let upstream: MortalUpstream;
  let target: TargetHealth;
  let hasList = true;

  beforeAll(async () => {
    upstream = await MortalUpstream.start((_, response, method) => {
      if (method === 'GET' && !hasList) response.writeHead(403).end();
      else answerWell(response);
    });
    gateway = await startTestApp({ config: { WAGGLE_HEALTH_PROBE_SECONDS: String(INTERVAL_MS / 1000) } });
    const { send } = await createOwner(gateway);
    const provider = { name: 'main', driver: 'openai-compatible', baseUrl: `${upstream.origin}/v1` };
    expect((await send('POST', '/admin/v1/providers', provider)).status).toBe(201);
    const model = { provider: 'main', name: 'm', upstreamId: 'x', operation: 'chat' };
    const { id } = (await (await send('POST', '/admin/v1/models', model)).json()) as { id: string };
    const entry = await vi.waitUntil(() => gateway.app.get(CurrentSnapshot).get().models.get(id), { timeout: 5000 });
    target = gateway.app.get(CurrentHealth).target(entry.providerId, id);
    return async () => {
      await gateway.close();
      await upstream.die();
    };
  });

  it('take the models of a dead provider out of service, and bring them back within one interval, without traffic', async () => {
    const asked = upstream.calls;
    await vi.waitUntil(() => upstream.calls > asked, { timeout: 10_000 });
    expect(target.state).toBe('closed');

    await upstream.die();
    await vi.waitUntil(() => target.isDown, { timeout: 10_000 });
    expect(target.stored.reason).toBe('probe_failed');
    await upstream.revive();
    const revivedAt = performance.now();
    await vi.waitUntil(() => target.state === 'closed', { timeout: 10_000, interval: 5 });

    expect(performance.now() - revivedAt).toBeLessThan((LONGEST_INTERVAL_MS + 500) * patience());
    expect([target.ttft.value, target.total.value]).toEqual([undefined, undefined]);
    expect(target.counts(Date.now())).toEqual({ good: 0, bad: 0 });
  });

  it('do not take a key for bad that is good for calls and not for lists', async () => {
    hasList = false;
    const prober = gateway.app.get(HealthProber);
    for (let round = 0; round < 3; round++) await prober.round();
    expect(target.state).toBe('closed');
    const asked = upstream.calls;
    await prober.round();
    expect(upstream.calls).toBe(asked);
  });

  it('leave a provider alone whose calls go well', async () => {
    target.succeed(Date.now(), Date.now());
    const round = gateway.app.get(HealthProber);
    const asked = upstream.calls;
    await round.round();
    expect(upstream.calls).toBe(asked);
  });
});
