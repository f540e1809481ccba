import { AnswerCache } from '../../../src/relay/cache/answer-cache.js';
import { InFlight } from '../../../src/relay/client/in-flight.js';
import { CurrentSnapshot } from '../../../src/snapshot/current-snapshot.js';
import { Drain } from '../../../src/usage/drain.service.js';
import { freshAccount } from '../../support/fresh-account.js';
import { startLimitGround, type LimitGround } from '../../support/limit-ground.js';

const STATE = 'x-waggle-cache';

interface Answered {
  readonly status: number;
  readonly state: string | null;
  readonly text: string;
  readonly headers: Headers;
}

describe('a profile that caches', () => {
  let ground: LimitGround;
  let prompts = 0;

  beforeAll(async () => {
    ground = await startLimitGround();
    await cacheFor(60);
  });
  beforeEach(() => freshAccount(ground.simulator.stats));
  afterAll(() => ground?.close());

  it.each([false, true])('answers the same request once with an upstream (stream %s)', async (stream) => {
    const content = newPrompt();
    const first = await ask({ content, stream });
    const again = await ask({ content, stream });
    expect([first.state, again.state]).toEqual(['miss', 'hit']);
    expect([again.status, again.text]).toEqual([200, first.text]);
    expect(again.headers.get('content-type')).toBe(first.headers.get('content-type'));
    expect(Number(again.headers.get('age'))).toBeGreaterThanOrEqual(0);
    expect(again.headers.get('x-request-id')).not.toBe(first.headers.get('x-request-id'));
    expect(ground.simulator.stats.totals().calls).toBe(1);
    expect(await bookedOf(again)).toEqual({ attempts: 0, cost: '0', served_from: 'cache', saved: '1000000000' });
    expect(await bookedOf(first)).toMatchObject({ attempts: 1, cost: '1000000000', served_from: null });
    await vi.waitUntil(() => ground.app.get(InFlight).calls === 0);
    expect(ground.app.get(InFlight).bytes).toBe(0);
  });

  it('does not mind the order of members and the space between them, but everything else', async () => {
    const messages = JSON.stringify([{ role: 'user', content: newPrompt() }]);
    const texts = [
      `{"model":"chat","max_tokens":20,"messages":${messages}}`,
      `{ "messages": ${messages}, "max_tokens": 20,\n "model": "chat" }`,
      `{"model":"chat","max_tokens":21,"messages":${messages}}`,
      `{"model":"chat","max_tokens":20,"messages":${messages},"seed":1}`,
      `{"model":"chat","max_tokens":20,"messages":${messages},"stream":true}`,
    ];
    const states: (string | null)[] = [];
    for (const text of texts) states.push((await send(text)).state);
    expect(states).toEqual(['miss', 'hit', 'miss', 'miss', 'miss']);
  });

  it('does what the client says: no-cache asks anew and keeps that, no-store keeps out of it', async () => {
    const content = newPrompt();
    const control = (value: string) => ask({ content }, { 'cache-control': value });
    const states = [
      await ask({ content }),
      await control('no-cache'),
      await control('no-store'),
      await ask({ content }),
    ];
    expect(states.map(({ state }) => state)).toEqual(['miss', 'bypass', 'bypass', 'hit']);
    expect(states[3]!.text).toBe(states[1]!.text);
    expect(states[3]!.text).not.toBe(states[0]!.text);
    expect(ground.simulator.stats.totals().calls).toBe(3);
  });

  it('keeps no failure, and no stream that broke off', async () => {
    for (const directives of ['status=500', 'status=400', 'cutAfter=3']) {
      const content = `${newPrompt()} [[simulate ${directives}]]`;
      const stream = directives === 'cutAfter=3';
      expect((await ask({ content, stream })).state).toBe('miss');
      expect((await ask({ content, stream })).state).toBe('miss');
    }
  });

  it('asks anew when a new revision is in force', async () => {
    const content = newPrompt();
    await ask({ content });
    expect((await ask({ content })).state).toBe('hit');
    await cacheFor(61);
    expect((await ask({ content })).state).toBe('miss');
  });

  it('works with an Idempotency-Key, whose replay is not a hit', async () => {
    const content = newPrompt();
    await ask({ content });
    const key = { 'idempotency-key': 'cached' };
    expect((await ask({ content }, key)).state).toBe('hit');
    const replay = await ask({ content }, key);
    expect([replay.state, replay.headers.get('x-waggle-idempotent-replay')]).toEqual([null, 'true']);
  });

  it('says nothing, and keeps nothing, once it does not cache any more', async () => {
    const before = ground.app.get(AnswerCache, { strict: false }).metrics;
    await cacheFor(null);
    const content = newPrompt();
    expect([(await ask({ content })).state, (await ask({ content })).state]).toEqual([null, null]);
    expect(ground.app.get(AnswerCache, { strict: false }).metrics).toEqual(before);
  });

  function newPrompt(): string {
    return `prompt ${++prompts}`;
  }

  async function cacheFor(cacheSeconds: number | null): Promise<void> {
    const response = await ground.owner('PATCH', `/admin/v1/profiles/${ground.ids.profile}`, { cacheSeconds });
    expect([response.status, await response.json()]).toEqual([200, expect.objectContaining({ cacheSeconds })]);
    const snapshot = ground.app.get(CurrentSnapshot, { strict: false });
    await vi.waitUntil(() => snapshot.get().profiles.get(ground.ids.profile)?.cacheSeconds === cacheSeconds);
  }

  function ask(
    { content, stream = false }: { content: string; stream?: boolean },
    headers: Record<string, string> = {},
  ): Promise<Answered> {
    const messages = [{ role: 'user', content }];
    return send(JSON.stringify({ model: 'chat', stream, max_tokens: 20, messages }), headers);
  }

  async function send(body: string, headers: Record<string, string> = {}): Promise<Answered> {
    const answer = await ground.send('POST', '/v1/chat/completions', body, {
      headers: { authorization: ground.authorization, ...headers },
    });
    return {
      status: answer.status,
      state: answer.headers.get(STATE),
      text: await answer.text(),
      headers: answer.headers,
    };
  }

  async function bookedOf({ headers }: Answered): Promise<object> {
    await ground.app.get(Drain, { strict: false }).drain();
    const [row] = await ground.database.query<object>(
      `select attempts, cost_picos::text as cost, served_from, saved_picos::text as saved
       from request where replace(id::text, '-', '') = $1`,
      [headers.get('x-request-id')!.slice(4)],
    );
    return row!;
  }
});
