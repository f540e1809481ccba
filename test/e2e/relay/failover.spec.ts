import { CurrentHealth } from '../../../src/snapshot/health/current-health.js';
import { CurrentSnapshot } from '../../../src/snapshot/current-snapshot.js';
import type { ProfileEntry } from '../../../src/snapshot/snapshot.js';
import { ANSWER, chunk, FIRST, LAST } from '../../support/chat-fixtures.js';
import { startRelayGround, type RelayGround, type Route } from '../../support/relay-ground.js';

const PATH = '/v1/chat/completions';
const SHORT = { connectMs: 300, firstByteMs: 300, idleMs: 300, totalMs: 5000 };

describe('when one of two targets fails before the client got a byte', () => {
  let ground: RelayGround;

  beforeAll(async () => {
    ground = await startRelayGround();
    return () => ground.close();
  });

  /** A profile with two targets, `name-a` before `name-b`. */
  const pair = (name: string, route: Route = {}, second: Route = route): ProfileEntry => {
    const targets = [
      ground.route({ ...route, name: `${name}-a`, model: { upstreamId: 'a', ...route.model } }),
      ground.route({ ...second, name: `${name}-b`, model: { upstreamId: 'b', ...second.model } }),
    ].flatMap((profile) => profile.targets);
    return ground.route({ name, profile: { targets } });
  };
  const stateOf = ({ targets }: ProfileEntry, index: number): string => {
    const { models } = ground.app.get(CurrentSnapshot).get();
    const { id, providerId } = models.get(targets[index]!.modelId)!;
    return ground.app.get(CurrentHealth).stateOf(providerId, id);
  };
  const tries = async (answer: Response) =>
    (await ground.row(answer)).tries.map((each) => [each.kind, each.error_class]);

  it.each([
    [401, 'auth'],
    [402, 'quota'],
    [429, 'rate_limited'],
    [500, 'server_error'],
    [503, 'overloaded'],
    [302, 'malformed'],
  ])('gives the call of a %i to the other', async (status, errorClass) => {
    pair(`status-${status}`);
    const answer = ground.post(PATH, { model: `status-${status}` });
    await ground.upstream.reply(status, { error: {} });
    const second = await ground.upstream.reply(200, ANSWER);

    expect((await answer).status).toBe(200);
    expect(second.body.toString()).toContain('"model":"b"');
    expect(await tries(await answer)).toEqual([
      ['first', errorClass],
      ['failover', null],
    ]);
  });

  it.each([400, 404, 413, 422])("keeps the caller's own mistake %i at the first", async (status) => {
    pair(`caller-${status}`);
    const before = ground.upstream.calls;
    const answer = ground.post(PATH, { model: `caller-${status}` });
    await ground.upstream.reply(status, { error: { message: 'Bad.' } });
    expect((await answer).status).toBe(status);
    expect(ground.upstream.calls).toBe(before + 1);
  });

  it('gives a call that is not answered in time, or cannot be connected, to the other', async () => {
    pair('silent', { provider: { timeouts: SHORT } });
    const answer = ground.post(PATH, { model: 'silent' });
    const { closed } = await ground.upstream.next();
    await ground.upstream.reply(200, ANSWER);
    expect((await answer).status).toBe(200);
    await closed;
    expect(await tries(await answer)).toEqual([
      ['first', 'first_byte_timeout'],
      ['failover', null],
    ]);

    pair('nobody', { provider: { origin: 'http://127.0.0.1:1' } }, {});
    const other = ground.post(PATH, { model: 'nobody', stream: true });
    await ground.upstream.stream(FIRST, LAST);
    expect(await (await other).text()).toContain('[DONE]');
    expect(await tries(await other)).toEqual([
      ['first', 'network'],
      ['failover', null],
    ]);
  });

  it('gives a plain answer that stalls, is cut or is no JSON to the other', async () => {
    pair('broken', { provider: { timeouts: SHORT } });
    const begin = async (content: string, isEnded: boolean) => {
      const { response } = await ground.upstream.next();
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': '1000' }).write(content);
      if (isEnded) setImmediate(() => response.destroy());
    };
    for (const [isEnded, errorClass] of [
      [false, 'idle_timeout'],
      [true, 'network'],
    ] as const) {
      const answer = ground.post(PATH, { model: 'broken' });
      await begin('{"id":', isEnded);
      await ground.upstream.reply(200, ANSWER);
      expect((await answer).status).toBe(200);
      expect(await tries(await answer)).toEqual([
        ['first', errorClass],
        ['failover', null],
      ]);
    }
    const answer = ground.post(PATH, { model: 'broken' });
    await ground.upstream.reply(200, '<html>', { 'content-type': 'text/html' });
    await ground.upstream.reply(200, ANSWER);
    expect((await answer).status).toBe(200);
  });

  it.each([
    ['says nothing', () => {}, 'idle_timeout'],
    ['is cut', (_: string, destroy: () => void) => destroy(), 'network'],
    ['begins with an error', () => {}, 'server_error'],
  ] as const)('gives a stream that %s after its head to the other', async (name, act, errorClass) => {
    pair(name, { provider: { timeouts: SHORT } });
    const answer = ground.post(PATH, { model: name, stream: true });
    const { response } = await ground.upstream.begin(
      ...(name === 'begins with an error' ? [{ error: { message: 'oops', code: 'x' } }] : []),
    );
    setImmediate(() => act('', () => response.destroy()));
    await ground.upstream.stream(FIRST, LAST);

    const text = await (await answer).text();
    expect(text.endsWith('data: [DONE]\n\n')).toBe(true);
    expect(text).not.toContain('"error"');
    expect(await tries(await answer)).toEqual([
      ['first', errorClass],
      ['failover', null],
    ]);
  });

  it('repeats nothing once the client has got an event', async () => {
    pair('begun');
    const before = ground.upstream.calls;
    const answer = ground.post(PATH, { model: 'begun', stream: true });
    const { response } = await ground.upstream.begin(FIRST, chunk({ content: 'Half' }));
    setTimeout(() => response.destroy(), 30);
    expect(await (await answer).text()).toContain('"code":"upstream_error"');
    expect(ground.upstream.calls).toBe(before + 1);
  });

  it('leaves a provider alone for as long as it asked, and tells the client when there is no other', async () => {
    const profile = pair('limited');
    const first = ground.post(PATH, { model: 'limited' });
    await ground.upstream.reply(429, { error: {} }, { 'retry-after': '30' });
    await ground.upstream.reply(200, ANSWER);
    await first;
    expect([stateOf(profile, 0), stateOf(profile, 1)]).toEqual(['open', 'closed']);

    const second = ground.post(PATH, { model: 'limited' });
    const only = await ground.upstream.reply(200, ANSWER);
    expect(only.body.toString()).toContain('"model":"b"');
    expect(await tries(await second)).toEqual([['first', null]]);

    const before = ground.upstream.calls;
    const alone = await ground.post(PATH, { model: 'limited-a' });
    expect(alone.status).toBe(429);
    expect(Number(alone.headers.get('retry-after'))).toBeGreaterThan(25);
    expect(alone.headers.get('x-should-retry')).toBe('true');
    expect(ground.upstream.calls).toBe(before);
  });

  it('tells SDKs not to try again when the account of the provider is empty', async () => {
    ground.route({ name: 'empty' });
    const answer = ground.post(PATH, { model: 'empty' });
    await ground.upstream.reply(429, { error: { type: 'insufficient_quota', code: 'insufficient_quota' } });
    expect((await answer).status).toBe(429);
    expect((await answer).headers.get('x-should-retry')).toBe('false');
  });

  const overflow = {
    error: {
      message:
        "This model's maximum context length is 8192 tokens. However, you requested 9000 tokens (5000 in the messages, 4000 in the completion).",
      code: 'context_length_exceeded',
    },
  };

  it('asks for a shorter answer when prompt and answer do not fit', async () => {
    ground.route({ name: 'full' });
    const answer = ground.post(PATH, { model: 'full', max_tokens: 4000 });
    await ground.upstream.reply(400, overflow);
    const { body } = await ground.upstream.reply(200, ANSWER);
    expect(JSON.parse(body.toString())).toMatchObject({ max_tokens: 3184 });
    expect((await answer).status).toBe(200);
    expect(await tries(await answer)).toEqual([
      ['first', 'context_overflow'],
      ['clamped', null],
    ]);
  });

  it('gives what is too long for one model to one with a larger window, if there is one', async () => {
    pair('larger', { model: { contextWindow: 8192 } }, { model: { contextWindow: 100_000 } });
    const answer = ground.post(PATH, { model: 'larger' });
    await ground.upstream.reply(400, overflow);
    const { body } = await ground.upstream.reply(200, ANSWER);
    expect(body.toString()).toContain('"model":"b"');
    expect((await answer).status).toBe(200);

    pair('same', { model: { contextWindow: 8192 } });
    const refused = ground.post(PATH, { model: 'same' });
    await ground.upstream.reply(400, overflow);
    expect((await refused).status).toBe(400);
    expect(await (await refused).json()).toEqual(overflow);
  });

  describe('and the profile asks a second one when the first is slow', () => {
    const hedged = (name: string, hedgeAfterMs = 100): void => {
      const { targets } = pair(name);
      ground.route({ name, profile: { targets, attempts: { totalMs: null, maxAttempts: null, hedgeAfterMs } } });
    };

    it('takes the quicker answer, cancels the other, and books both', async () => {
      hedged('hedged');
      const answer = ground.post(PATH, { model: 'hedged', messages: [{ role: 'user', content: 'Where to fly?' }] });
      const slow = await ground.upstream.next();
      const second = await ground.upstream.reply(200, ANSWER);
      expect((await answer).status).toBe(200);
      await slow.closed;

      expect([slow.body.toString(), second.body.toString()].map((text) => /"model":"(.)"/.exec(text)?.[1])).toEqual([
        'a',
        'b',
      ]);
      const {
        tries: [loser, winner],
        ...row
      } = await ground.row(await answer);
      expect(loser).toMatchObject({ kind: 'first', outcome: 'cancelled', usage_source: 'estimated' });
      expect(winner).toMatchObject({ kind: 'hedge', outcome: 'ok', usage_source: 'provider' });
      expect(loser!.input_tokens).toBeGreaterThan(0);
      expect(row).toMatchObject({ outcome: 'ok', attempts: 2, model_id: winner!.model_id });
      expect(row.cost_picos).toBe(loser!.cost_picos! + winner!.cost_picos!);
    });

    it('asks nobody else when the first begins in time', async () => {
      hedged('quick', 5000);
      const before = ground.upstream.calls;
      const answer = ground.post(PATH, { model: 'quick' });
      await ground.upstream.reply(200, ANSWER);
      expect(await tries(await answer)).toEqual([['first', null]]);
      expect(ground.upstream.calls).toBe(before + 1);
    });

    it('takes the stream whose first event comes first, whichever said first that it would', async () => {
      hedged('streams');
      const answer = ground.post(PATH, { model: 'streams', stream: true });
      const slow = await ground.upstream.begin();
      await ground.upstream.stream(FIRST, LAST);
      expect(await (await answer).text()).toContain('[DONE]');
      await slow.closed;
      expect(await tries(await answer)).toEqual([
        ['first', 'cancelled'],
        ['hedge', null],
      ]);
    });

    it('goes on with the first when the second fails', async () => {
      hedged('second-fails');
      const answer = ground.post(PATH, { model: 'second-fails' });
      const slow = await ground.upstream.next();
      await ground.upstream.reply(500, 'oops');
      slow.response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(ANSWER));
      expect((await answer).status).toBe(200);
      expect(await tries(await answer)).toEqual([
        ['hedge', 'server_error'],
        ['first', null],
      ]);
    });

    it('cancels both when the caller leaves', async () => {
      hedged('left');
      const leaving = new AbortController();
      const answer = ground.post(PATH, { model: 'left' }, { signal: leaving.signal });
      const both = [await ground.upstream.next(), await ground.upstream.next()];
      leaving.abort();
      await expect(answer).rejects.toThrow();
      await Promise.all(both.map(({ closed }) => closed));
      const { tries: ended, ...row } = await ground.row('left');
      expect(row).toMatchObject({ outcome: 'cancelled', status: 499 });
      expect(ended.map(({ outcome }) => outcome)).toEqual(['cancelled', 'cancelled']);
    });
  });

  it('goes no further for an answer than the profile says', async () => {
    const { targets } = pair('strict');
    ground.route({
      name: 'once',
      profile: { targets, attempts: { totalMs: null, maxAttempts: 1, hedgeAfterMs: null } },
    });
    const once = ground.post(PATH, { model: 'once' });
    await ground.upstream.reply(500, 'oops');
    expect((await once).status).toBe(502);
    expect(await tries(await once)).toEqual([['first', 'server_error']]);

    ground.route({
      name: 'brief',
      profile: { targets, attempts: { totalMs: 200, maxAttempts: null, hedgeAfterMs: null } },
    });
    const brief = ground.post(PATH, { model: 'brief' });
    const { closed } = await ground.upstream.next();
    expect((await brief).status).toBe(504);
    await closed;
    expect(await tries(await brief)).toEqual([['first', 'total_timeout']]);
  });

  it('does not repeat more than a tenth of the calls of a provider', async () => {
    ground.route({ name: 'down' });
    const CALLS = 100;
    const before = ground.upstream.calls;
    const failing = (async () => {
      for (;;) (await ground.upstream.next()).response.writeHead(500).end();
    })();
    for (let call = 0; call < CALLS; call++) expect((await ground.post(PATH, { model: 'down' })).status).toBe(502);
    void failing;
    expect(ground.upstream.calls - before - CALLS).toBeLessThanOrEqual(0.1 * CALLS + 10);
  });
});
