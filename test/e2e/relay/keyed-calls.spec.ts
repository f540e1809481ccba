import { KeyedUpkeep } from '../../../src/idempotency/keyed-upkeep.service.js';
import { InFlight } from '../../../src/relay/client/in-flight.js';
import { Drain } from '../../../src/usage/drain.service.js';
import { freshAccount } from '../../support/fresh-account.js';
import { startLimitGround, type LimitGround } from '../../support/limit-ground.js';
import type { Place } from '../../support/principals.js';
import { TcpSwitch } from '../../support/tcp-switch.js';
import { insertTokens } from '../../support/tokens.js';
import { startTestApp, type TestApp } from '../../support/test-app.js';

const PATH = '/v1/chat/completions';
const REPLAY = 'x-waggle-idempotent-replay';

interface Answered {
  readonly status: number;
  readonly text: string;
  readonly headers: Headers;
}

describe('calls with an Idempotency-Key', () => {
  let ground: LimitGround;
  let second: TestApp;
  let line: TcpSwitch;
  let otherToken: string;
  let keys = 0;

  beforeAll(async () => {
    ground = await startLimitGround(async (url) => (line = await TcpSwitch.to(url)).url);
    const [place] = await ground.database.query<Place>(
      `select tenant_id as "tenantId", id as "projectId" from project`,
    );
    otherToken = (await insertTokens(ground.database, place!, 1))[0]!.text;
    second = await startTestApp({
      database: ground.database,
      config: {
        WAGGLE_MASTER_KEY_FILE: ground.config.dataPath('master.key'),
        WAGGLE_IDEMPOTENCY_MAX_ANSWER_MB: '1',
        WAGGLE_IDEMPOTENCY_MAX_KEYS: '3',
      },
    });
  });
  beforeEach(() => freshAccount(ground.simulator.stats));
  afterAll(async () => {
    await second?.close();
    await ground?.close();
    await line?.cut();
  });

  it('are made once, however many come at the same time and at whichever server', async () => {
    const key = newKey();
    const answers = await Promise.all(
      Array.from({ length: 100 }, (_, index) => ask(index % 2 === 0 ? ground : second, key, 'delayMs=300')),
    );
    expect(ground.simulator.stats.totals().calls).toBe(1);
    expect(new Set(answers.map(({ status, text }) => `${status} ${text}`)).size).toBe(1);
    expect(answers[0]!.status).toBe(200);
    expect(answers.filter(({ headers }) => headers.get(REPLAY) === 'true')).toHaveLength(99);
    expect(new Set(answers.map(({ headers }) => headers.get('x-request-id'))).size).toBe(100);
    const ids = answers.map(({ headers }) => headers.get('x-request-id')!.slice(4));
    expect(await booked(ids)).toEqual({ requests: 100, attempts: 1, cost: 0.001, replays: 99, saved: 0.099 });
  });

  it('give a stream again, frame by frame the same', async () => {
    const key = newKey();
    const first = await ask(ground, key, 'tokens=20', { stream: true });
    const again = await ask(second, key, 'tokens=20', { stream: true });
    expect(again.headers.get('content-type')).toBe(first.headers.get('content-type'));
    expect(again.text).toBe(first.text);
    expect(again.text).toMatch(/data: \[DONE\]\n\n$/);
    expect([first, again].map(({ headers }) => headers.get(REPLAY))).toEqual([null, 'true']);
    expect(ground.simulator.stats.totals().calls).toBe(1);
  });

  it('are refused when their key was sent with another body', async () => {
    const key = newKey();
    expect((await ask(ground, key, 'tokens=1')).status).toBe(200);
    const other = await ask(second, key, 'tokens=2');
    expect(other.status).toBe(422);
    expect(JSON.parse(other.text)).toMatchObject({ error: { code: 'idempotency_key_reused' } });
    expect(ground.simulator.stats.totals().calls).toBe(1);
  });

  it('have nothing to do with those of another token', async () => {
    const key = newKey();
    const first = await ask(second, key, 'tokens=1');
    const other = await ask(second, key, 'tokens=2', { token: otherToken });
    expect([other.status, other.headers.get(REPLAY), other.text === first.text]).toEqual([200, null, false]);
  });

  it.each(['', 'x'.repeat(256), 'né'])('are refused when the key is not one: %o', async (key) => {
    const { status, text } = await ask(ground, key, '');
    expect(status).toBe(400);
    expect(JSON.parse(text)).toMatchObject({ error: { code: 'invalid_idempotency_key' } });
  });

  it('are made again after an upstream failed, but those that waited get the failure', async () => {
    const key = newKey();
    const directives = `status=500&delayMs=300&failTimes=2&key=${key}`; // our own second try makes it two
    const answers = await Promise.all([1, 2, 3].map(() => ask(ground, key, directives)));
    expect(answers.map(({ status }) => status)).toEqual([502, 502, 502]);
    expect(ground.simulator.stats.totals().calls).toBe(2);
    const later = await ask(second, key, directives);
    expect([later.status, later.headers.get(REPLAY)]).toEqual([200, null]);
    expect((await ask(ground, key, directives)).text).toBe(later.text);
    expect(ground.simulator.stats.totals().calls).toBe(3);
  });

  it('keep what the upstream said of a mistake of the caller', async () => {
    const key = newKey();
    const first = await ask(ground, key, 'status=400&code=bad_thing');
    const again = await ask(second, key, 'status=400&code=bad_thing');
    expect([first.status, again.status, again.text]).toEqual([400, 400, first.text]);
    expect(ground.simulator.stats.totals().calls).toBe(1);
  });

  it('never keep a stream that broke off', async () => {
    const key = newKey();
    const first = await ask(ground, key, 'cutAfter=3', { stream: true });
    expect(first.text).toContain('"error"');
    expect((await ask(ground, key, 'cutAfter=3', { stream: true })).headers.get(REPLAY)).toBeNull();
    expect(ground.simulator.stats.totals().calls).toBe(2);
  });

  it.each([false, true])('go on when their client leaves, which then finds the answer (stream %s)', async (stream) => {
    const key = newKey();
    const directives = 'delayMs=200&chunkDelayMs=20&tokens=10';
    const controller = new AbortController();
    const left = ask(ground, key, directives, { stream, signal: controller.signal }).catch(() => 'left');
    await vi.waitUntil(() => ground.simulator.stats.totals().open === 1);
    controller.abort();
    expect(await left).toBe('left');
    const again = await ask(second, key, directives, { stream });
    expect([again.status, again.headers.get(REPLAY)]).toEqual([200, 'true']);
    expect(ground.simulator.stats.totals()).toMatchObject({ calls: 1, clientLeft: 0 });
    await vi.waitUntil(() => ground.app.get(InFlight).calls === 0);
    expect(ground.app.get(InFlight).bytes).toBe(0);
  });

  it('let a client leave that only waits', async () => {
    const key = newKey();
    const first = ask(ground, key, 'delayMs=500');
    await vi.waitUntil(() => ground.simulator.stats.totals().open === 1);
    const controller = new AbortController();
    const waiting = ask(ground, key, 'delayMs=500', { signal: controller.signal }).catch(() => 'left');
    await vi.waitUntil(() => ground.app.get(InFlight).calls === 2);
    controller.abort();
    expect(await waiting).toBe('left');
    await vi.waitUntil(() => ground.app.get(InFlight).calls === 1);
    expect((await first).status).toBe(200);
  });

  it('are not made again when their answer was too large to be kept', async () => {
    const key = newKey();
    const first = await ask(second, key, 'padding=1200000');
    expect([first.status, first.text.length > 1_200_000]).toEqual([200, true]);
    const again = await ask(ground, key, 'padding=1200000');
    expect(again.status).toBe(409);
    expect(JSON.parse(again.text)).toMatchObject({ error: { code: 'idempotency_answer_gone' } });
    expect(ground.simulator.stats.totals().calls).toBe(1);
  });

  it('leave nothing in clear in the database', async () => {
    const key = newKey();
    const { text } = await ask(ground, key, '');
    const rows = await ground.database.query<{ text: string; sealed: Buffer }>(
      `select keyed_call::text as text, sealed_answer as sealed from keyed_call where sealed_answer is not null`,
    );
    const { id } = JSON.parse(text) as { id: string };
    expect(rows.length).toBeGreaterThan(0);
    for (const row of rows) {
      expect(row.text).not.toContain(key);
      expect(row.sealed.includes(id)).toBe(false);
    }
  });

  it('are forgotten by age and beyond the number for each token', async () => {
    await ground.database.query(`update keyed_call set expires_at = now() - interval '1 second' where state <> 'open'`);
    const kept = [newKey(), newKey(), newKey(), newKey()];
    for (const key of kept) await ask(ground, key, '');
    await second.app.get(KeyedUpkeep, { strict: false }).trim();
    const [row] = await ground.database.query<{ count: number }>(`select count(*)::int as count from keyed_call`);
    expect(row!.count).toBe(3);
    expect((await ask(ground, kept[3]!, '')).headers.get(REPLAY)).toBe('true');
    expect((await ask(ground, kept[0]!, '')).headers.get(REPLAY)).toBeNull();
  });

  it('are refused while Postgres is away, and only they', async () => {
    await line.cut();
    const keyed = await ask(ground, newKey(), '');
    const plain = await ground.chat();
    await line.mend();
    expect([keyed.status, keyed.headers.get('retry-after')]).toEqual([503, '1']);
    expect(JSON.parse(keyed.text)).toMatchObject({ error: { code: 'idempotency_unavailable' } });
    expect(plain.status).toBe(200);
    expect(ground.simulator.stats.totals().calls).toBe(1);
    await vi.waitFor(async () => expect((await ask(ground, newKey(), '')).status).toBe(200));
  });

  function newKey(): string {
    return `order-${++keys}`;
  }

  async function ask(
    at: TestApp,
    key: string,
    directives: string,
    { signal, token, ...given }: { stream?: boolean; signal?: AbortSignal; token?: string } = {},
  ): Promise<Answered> {
    const content = `hello [[simulate ${directives}]]`;
    const body = { model: 'chat', messages: [{ role: 'user', content }], max_tokens: 30, ...given };
    const headers = {
      'idempotency-key': Buffer.from(key, 'utf8').toString('latin1'),
      authorization: token ? `Bearer ${token}` : ground.authorization,
    };
    const answer = await at.send('POST', PATH, body, { headers, ...(signal ? { signal } : {}) });
    return { status: answer.status, text: await answer.text(), headers: answer.headers };
  }

  async function booked(ids: readonly string[]): Promise<object> {
    for (const { app } of [ground, second]) await app.get(Drain).drain();
    const [row] = await ground.database.query<object>(
      `select count(*)::int as requests, sum(attempts)::int as attempts, sum(cost_picos)::float8 / 1e12 as cost,
         count(*) filter (where served_from = 'replay')::int as replays, sum(saved_picos)::float8 / 1e12 as saved
       from request where replace(id::text, '-', '') = any($1)`,
      [ids],
    );
    return row!;
  }
});
