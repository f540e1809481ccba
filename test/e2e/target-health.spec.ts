import { CurrentHealth } from '../../src/snapshot/health/current-health.js';
import type { TargetHealth } from '../../src/snapshot/health/target-health.js';
import { createOwner, createPlace, sendAs, type Place, type Send } from '../support/principals.js';
import { startTestApp, type TestApp } from '../support/test-app.js';

interface View {
  readonly id: string;
}

/** Several processes of one installation share the key. */
const config = { WAGGLE_MASTER_KEY: '0'.repeat(64) };

describe('the health of targets, shared', () => {
  let first: TestApp;
  let second: TestApp;
  let root: Place & { send: Send };
  let providerId: string;
  let count = 0;

  beforeAll(async () => {
    first = await startTestApp({ config });
    second = await startTestApp({ config, database: first.database });
    root = await createOwner(first);
    const provider = { name: 'main', driver: 'openai-compatible', baseUrl: 'http://127.0.0.1:11434/v1' };
    providerId = ((await (await root.send('POST', '/admin/v1/providers', provider)).json()) as View).id;
    return async () => {
      await second.close();
      await first.close();
    };
  });

  const createModel = async (): Promise<string> => {
    const body = { provider: 'main', name: `m-${++count}`, upstreamId: 'x', operation: 'chat' };
    return ((await (await root.send('POST', '/admin/v1/models', body)).json()) as View).id;
  };
  const at = ({ app }: TestApp, modelId: string): TargetHealth => app.get(CurrentHealth).target(providerId, modelId);
  const until = (test: () => boolean): Promise<unknown> => vi.waitUntil(test, { timeout: 5000, interval: 5 });
  const listed = async (send: Send): Promise<{ modelId: string; state: string }[]> => {
    const response = await send('GET', '/admin/v1/health/targets');
    expect(response.status).toBe(200);
    return ((await response.json()) as { items: { modelId: string; state: string }[] }).items;
  };

  it('is the same in all processes within a moment, when one opens, cools and closes', async () => {
    const model = await createModel();
    const [here, there] = [at(first, model), at(second, model)];
    here.open(Date.now(), 'network');
    await until(() => there.state === 'open');
    expect(there.stored).toEqual(here.stored);

    there.close(Date.now());
    await until(() => here.state === 'closed');
    here.cool(Date.now(), 60_000, 'rate_limited');
    await until(() => there.state === 'open');
    expect(there.askedWaitMs(Date.now())).toBeGreaterThan(50_000);
  });

  it('is still known after a restart', async () => {
    const [open, well] = [await createModel(), await createModel()];
    at(first, open).open(Date.now(), 'idle_timeout');
    at(first, well).open(Date.now(), 'idle_timeout');
    await until(() => at(second, open).state === 'open' && at(second, well).state === 'open');
    at(second, well).close(Date.now());
    await until(() => at(first, well).state === 'closed');

    const third = await startTestApp({ config, database: first.database });
    expect(at(third, open).stored).toMatchObject({ state: 'open', reason: 'idle_timeout', opens: 1 });
    expect(at(third, well).state).toBe('closed');
    await third.close();
  });

  it('does not take one process for another when it is only slow', async () => {
    const model = await createModel();
    const [here, there] = [at(first, model), at(second, model)];
    for (let i = 0; i < 5; i++) here.fail(Date.now(), Date.now(), 'server_error');
    expect(here.state).toBe('degraded');
    there.open(Date.now() + 1, 'network');
    await until(() => here.state === 'open');
    there.close(Date.now() + 2);
    await until(() => here.state === 'closed');
  });

  it('is well again when the address of the provider was changed', async () => {
    const model = await createModel();
    const [here, there] = [at(first, model), at(second, model)];
    const path = `/admin/v1/providers/${providerId}`;
    let port = 11_435;
    await vi.waitFor(
      async () => {
        here.open(Date.now(), 'network');
        await until(() => there.state === 'open');
        const baseUrl = `http://127.0.0.1:${port++}/v1`; // a change is only noticed of a provider that was known before
        expect((await root.send('PATCH', path, { baseUrl })).status).toBe(200);
        await vi.waitUntil(() => here.state === 'closed', { timeout: 2000 });
      },
      { timeout: 10_000 },
    );
    await until(() => there.state === 'closed');
  });

  it('is listed for those who may see the model, and for nobody else', async () => {
    const model = await createModel();
    at(first, model).open(Date.now(), 'first_byte_timeout');
    const stranger = await createPlace(first);

    const mine = await listed(root.send);
    expect(mine.find(({ modelId }) => modelId === model)).toMatchObject({
      model: `m-${count}`,
      provider: expect.toBeOneOf(['main', null]),
      state: 'open',
      reason: 'first_byte_timeout',
      retryAt: expect.any(String),
      succeeded: 0,
      failed: 0,
      inFlight: 0,
      firstByteMs: null,
    });
    expect(await listed(await sendAs(first, 'owner', stranger))).toEqual([]);
  });
});
