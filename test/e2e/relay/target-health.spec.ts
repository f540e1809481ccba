import { CurrentHealth } from '../../../src/snapshot/health/current-health.js';
import type { TargetHealth } from '../../../src/snapshot/health/target-health.js';
import { CurrentSnapshot } from '../../../src/snapshot/current-snapshot.js';
import type { ProfileEntry } from '../../../src/snapshot/snapshot.js';
import { FIRST } from '../../support/chat-fixtures.js';
import { answerWell, MortalUpstream } from '../../support/mortal-upstream.js';
import { patience } from '../../support/patience.js';
import { startRelayGround, type RelayGround } from '../../support/relay-ground.js';
import { sse } from '../../support/stub-upstream.js';

const PATH = '/v1/chat/completions';

/** Calls `make` so many times, a few at once. */
async function many(times: number, make: () => Promise<unknown>): Promise<void> {
  let left = times;
  const worker = async (): Promise<void> => {
    while (left-- > 0) await make();
  };
  await Promise.all(Array.from({ length: 16 }, worker));
}

describe('the health of targets', () => {
  let ground: RelayGround;
  let health: CurrentHealth;

  beforeAll(async () => {
    ground = await startRelayGround();
    health = ground.app.get(CurrentHealth);
    return () => ground.close();
  });

  const route = (name: string, ...upstreams: readonly MortalUpstream[]): ProfileEntry => {
    const targets = upstreams.flatMap(
      ({ origin }, index) => ground.route({ name: `${name}-${index}`, provider: { origin } }).targets,
    );
    return ground.route({ name, profile: { targets } });
  };
  const healthOf = ({ targets }: ProfileEntry, index = 0): TargetHealth => {
    const model = ground.app.get(CurrentSnapshot).get().models.get(targets[index]!.modelId)!;
    return health.target(model.providerId, model.id);
  };
  const seen = (target: TargetHealth) => ({
    state: target.state,
    ...target.counts(Date.now()),
    inFlight: target.inFlight,
  });

  it('is not changed by a malformed request that is sent 1,000 times, nor is one of them repeated', async () => {
    const upstream = await MortalUpstream.start((_, response) => {
      response.writeHead(400, { 'content-type': 'application/json' }).end('{"error":{"message":"Bad n."}}');
    });
    const other = await MortalUpstream.start();
    const target = healthOf(route('malformed', upstream, other));
    await many(1000, async () => expect((await ground.post(PATH, { model: 'malformed', n: -1 })).status).toBe(400));

    expect([upstream.calls, other.calls]).toEqual([1000, 0]);
    expect(seen(target)).toEqual({ state: 'closed', good: 0, bad: 0, inFlight: 0 });
    await upstream.die();
    await other.die();
  }, 60_000);

  it('is not changed by 1,000 callers who leave in the middle of their streams', async () => {
    const upstream = await MortalUpstream.start((_, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).write(sse(FIRST));
    });
    const target = healthOf(route('leaving', upstream));
    await many(1000, async () => {
      const leaving = new AbortController();
      const answer = await ground.post(PATH, { model: 'leaving', stream: true }, { signal: leaving.signal });
      await answer.body!.getReader().read();
      leaving.abort();
    });

    await vi.waitUntil(() => target.inFlight === 0, { timeout: 5000 });
    expect(seen(target)).toEqual({ state: 'closed', good: 0, bad: 0, inFlight: 0 });
    expect(upstream.calls).toBe(1000);
    await upstream.die();
  }, 60_000);

  it('keeps callers from an upstream that dies under load, and comes back to it soon after it does', async () => {
    const dying = await MortalUpstream.start();
    const other = await MortalUpstream.start();
    const target = healthOf(route('dying', dying, other));
    const statuses = new Map<number, number>();
    let isOver = false;
    const load = Promise.all(
      Array.from({ length: 16 }, async () => {
        while (!isOver) {
          const { status } = await ground.post(PATH, { model: 'dying' });
          statuses.set(status, (statuses.get(status) ?? 0) + 1);
        }
      }),
    );
    await vi.waitUntil(() => dying.calls > 200, { timeout: 10_000 });
    await dying.die();
    await vi.waitUntil(() => target.state === 'open', { timeout: 10_000 });
    await dying.revive();
    const revivedAt = Date.now();
    await vi.waitUntil(() => target.state === 'closed', { timeout: 15_000 });
    const downMs = Date.now() - revivedAt;
    isOver = true;
    await load;

    expect([...statuses.keys()]).toEqual([200]);
    expect(downMs).toBeLessThan(10_000 * patience());
    await dying.die();
    await other.die();
  }, 60_000);

  it('does not flap while an upstream fails three times in ten', async () => {
    const moody = await MortalUpstream.start((call, response) => {
      if ([0, 3, 4].includes(call % 10)) response.writeHead(500).end();
      else answerWell(response);
    });
    const other = await MortalUpstream.start();
    const target = healthOf(route('moody', moody, other));
    const states: string[] = [];
    const stop = health.onChange((change) => change.target === target && states.push(change.to));
    await many(2000, async () => expect((await ground.post(PATH, { model: 'moody' })).status).toBe(200));
    stop();

    expect(states).toEqual(['degraded']);
    expect(moody.calls).toBe(2000);
    await moody.die();
    await other.die();
  }, 60_000);
});
