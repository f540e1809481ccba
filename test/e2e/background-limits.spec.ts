import OpenAI from 'openai';
import { ThresholdWatch } from '../../src/limits/threshold-watch.service.js';
import { BackgroundWatch } from '../../src/relay/background/background-watch.js';
import { Drain } from '../../src/usage/drain.service.js';
import { startLimitGround, type LimitGround } from '../support/limit-ground.js';

interface Standing {
  readonly settled: string;
  readonly held: string;
  readonly remaining: string;
}

const MOST = 60;
const USED = 20;

describe('an allowance, while a response is made in the background', () => {
  let ground: LimitGround;
  let openai: OpenAI;

  beforeAll(async () => {
    ground = await startLimitGround();
    const apiKey = ground.authorization.slice('Bearer '.length);
    openai = new OpenAI({ baseURL: `${ground.url}/v1`, apiKey, maxRetries: 0 });
    await ground.app.get(BackgroundWatch, { strict: false }).stop(); // looks are the tests' own
    return () => ground.close();
  });

  const begin = (given: object = {}) =>
    openai.responses.create({
      model: 'chat',
      input: `[[simulate tokens=${USED}&polls=1]] Think.`,
      max_output_tokens: MOST,
      background: true,
      ...given,
    });
  /** The same once there is room: that there was none is believed for a moment. */
  const beginSoon = () => vi.waitFor(() => begin(), { timeout: 5000, interval: 20 });
  const finish = async (id: string): Promise<OpenAI.Responses.Response> => {
    await ground.app.get(Drain, { strict: false }).drain();
    await openai.responses.retrieve(id);
    const done = await openai.responses.retrieve(id);
    expect(done.status).toBe('completed');
    return done;
  };
  const standing = async (id: string): Promise<Standing> => {
    await ground.app.get(Drain, { strict: false }).drain();
    const answer = await ground.owner('GET', `/admin/v1/allowances/${id}/status`);
    const { counters } = (await answer.json()) as { counters: Standing[] };
    const { settled, held, remaining } = counters[0]!;
    return { settled, held, remaining };
  };
  const refusal = { status: 429, code: 'insufficient_quota' };

  it.each([
    ['of the tenant', {}],
    ['of the provider', { scope: 'provider', subject: 'upstream' }],
  ])('holds the worst case until it is known what was used, %s', async (_, scope) => {
    const id = await ground.allow({ metric: 'output_tokens', window: 'total', limit: '100', ...scope });
    const first = await begin();
    expect(await standing(id)).toEqual({ settled: '0', held: String(MOST), remaining: '40' });
    await expect(begin()).rejects.toMatchObject(refusal);
    await expect(begin({ background: false })).rejects.toMatchObject(refusal);
    await finish(first.id);
    expect(await standing(id)).toEqual({ settled: String(USED), held: '0', remaining: '80' });
    await finish((await beginSoon()).id);
    expect(await standing(id)).toEqual({ settled: String(2 * USED), held: '0', remaining: '60' });
    await ground.lift(id);
  });

  it('of money is charged once, fees too', async () => {
    const id = await ground.allow({ metric: 'money', window: 'month', limit: '0.0015' });
    const first = await begin();
    expect(await standing(id)).toMatchObject({ settled: '0', held: '0.001' });
    await expect(begin()).rejects.toMatchObject(refusal);
    await finish(first.id);
    expect(await standing(id)).toMatchObject({ settled: '0.001', held: '0' });
    await ground.lift(id);
  });

  it('of calls counts one, and of slots none', async () => {
    const calls = await ground.allow({ metric: 'requests', window: 'total', limit: '10' });
    const slots = await ground.allow({ metric: 'concurrency', limit: '1' });
    const made = [await begin(), await begin()];
    expect(await standing(calls)).toMatchObject({ settled: '2', held: '0' });
    expect(await standing(slots)).toMatchObject({ settled: '0', held: '0' });
    for (const { id } of made) await finish(id);
    expect(await standing(calls)).toMatchObject({ settled: '2', held: '0' });
    await ground.lift(calls);
    await ground.lift(slots);
  });

  it('that refuses nothing counts what was used as well', async () => {
    const allowance = { metric: 'total_tokens', window: 'total', limit: '1000', isHard: false };
    const id = await ground.allow(allowance);
    const { usage } = await finish((await begin()).id);
    await vi.waitFor(async () => expect(await standing(id)).toMatchObject({ settled: String(usage!.total_tokens) }), {
      timeout: 5000,
      interval: 50,
    });
    await ground.lift(id);
  });

  it('is not near its end for what is only held', async () => {
    const id = await ground.allow({ metric: 'output_tokens', window: 'total', limit: '100', thresholds: [15, 50] });
    const made = await begin();
    await standing(id);
    await ground.app.get(ThresholdWatch, { strict: false }).look();
    const events = () => ground.database.query(`select percent from allowance_event where allowance_id = $1`, [id]);
    expect(await events()).toEqual([]);
    await finish(made.id);
    await standing(id);
    await ground.app.get(ThresholdWatch, { strict: false }).look();
    expect(await events()).toEqual([{ percent: 15 }]);
    await ground.lift(id);
  });

  it('may go meanwhile', async () => {
    const id = await ground.allow({ metric: 'output_tokens', window: 'total', limit: '100' });
    const made = await begin();
    await ground.lift(id);
    expect((await finish(made.id)).usage?.output_tokens).toBe(USED);
    const [request] = await ground.database.query(
      `select background_state from request where path = $1 order by started_at desc limit 1`,
      ['/v1/responses'],
    );
    expect(request).toMatchObject({ background_state: 'completed' });
  });

  it('is charged by one call with an Idempotency-Key that came twice', async () => {
    const id = await ground.allow({ metric: 'output_tokens', window: 'total', limit: '100' });
    const headers = { 'Idempotency-Key': 'once' };
    const ask = {
      model: 'chat',
      input: `[[simulate tokens=${USED}&polls=1]]`,
      max_output_tokens: MOST,
      background: true,
    };
    const one = await openai.responses.create(ask, { headers });
    const two = await openai.responses.create(ask, { headers });
    expect(two).toEqual(one);
    expect(await standing(id)).toMatchObject({ held: String(MOST) });
    await finish(one.id);
    expect(await standing(id)).toMatchObject({ settled: String(USED), held: '0' });
    await ground.lift(id);
  });

  it('shows in the request log how far its calls have come', async () => {
    const made = await begin();
    await ground.app.get(Drain, { strict: false }).drain();
    const latest = async (): Promise<Record<string, unknown>> => {
      const answer = await ground.owner('GET', '/admin/v1/requests?limit=50');
      const { items } = (await answer.json()) as { items: Record<string, unknown>[] };
      return items.find(({ path }) => path === '/v1/responses')!;
    };
    expect(await latest()).toMatchObject({ backgroundState: 'pending', costUsd: null, attemptCount: 1 });
    await finish(made.id);
    const done = await latest();
    expect(done).toMatchObject({ backgroundState: 'completed', costUsd: '0.001', attemptCount: 2 });
    const detail = await ground.owner('GET', `/admin/v1/requests/${String(done['id'])}`);
    const { attempts } = (await detail.json()) as { attempts: object[] };
    expect(attempts).toMatchObject([
      { kind: 'first', costUsd: '0' },
      { kind: 'background', costUsd: '0.001' },
    ]);
  });
});
