import { CurrentSnapshot } from '../../src/snapshot/current-snapshot.js';
import { Leader } from '../../src/database/leader.js';
import { CounterCleaner } from '../../src/limits/counter-cleaner.service.js';
import { ThresholdWatch } from '../../src/limits/threshold-watch.service.js';
import { startLimitGround, type LimitGround } from '../support/limit-ground.js';

interface ErrorBody {
  readonly error: { readonly message: string; readonly type: string; readonly code: string };
}

interface Completion {
  readonly choices: readonly { readonly finish_reason: string }[];
  readonly usage: { readonly completion_tokens: number };
}

describe('an allowance', () => {
  let ground: LimitGround;

  beforeAll(async () => {
    ground = await startLimitGround();
    return () => ground.close();
  });

  const statuses = async (count: number, given?: object): Promise<Record<number, number>> => {
    const answers = await Promise.all(Array.from({ length: count }, () => ground.chat(given)));
    const found: Record<number, number> = {};
    for (const answer of answers) {
      await answer.text();
      found[answer.status] = (found[answer.status] ?? 0) + 1;
    }
    return found;
  };

  /** With an allowance in force. */
  const under = async (allowance: object, work: (id: string) => Promise<void>): Promise<void> => {
    const id = await ground.allow(allowance);
    try {
      await work(id);
    } finally {
      await ground.lift(id);
    }
  };

  const atRest = () => vi.waitFor(() => expect(ground.book.holds).toBe(0), { timeout: 5000, interval: 10 });

  it('of money is spent to the last call and not beyond, by calls all at once', async () => {
    const calls = ground.simulator.stats.totals().calls;
    await under({ metric: 'money', window: 'month', limit: '0.01' }, async () => {
      expect(await statuses(40)).toEqual({ 200: 10, 429: 30 });
      expect(ground.simulator.stats.totals().calls - calls).toBe(10);
      await atRest();
    });
  });

  it('of money holds what the repairs of an answer may cost, too', async () => {
    const envelope = {
      model: 'chat',
      request: { messages: [{ role: 'user', content: 'Hi [[simulate say=nonsense]]' }] },
      output_format: { type: 'json', max_tokens: 20, max_repairs: 1 },
    };
    const headers = { authorization: ground.authorization };
    const calls = ground.simulator.stats.totals().calls;
    await under({ metric: 'money', window: 'month', limit: '0.01' }, async () => {
      const answers = Array.from({ length: 20 }, () => ground.send('POST', '/v1/chat', envelope, { headers }));
      const statuses = (await Promise.all(answers)).map(({ status }) => status).toSorted();
      expect(statuses).toEqual([...Array<number>(5).fill(422), ...Array<number>(15).fill(429)]);
      expect(ground.simulator.stats.totals().calls - calls).toBe(10);
      await atRest();
    });
  });

  it('refuses as a quota that is used up, by its name, and leaves a row', async () => {
    await under({ name: 'tiny', metric: 'money', window: 'day', limit: '0.0005' }, async () => {
      const refused = await ground.chat();
      expect(refused.status).toBe(429);
      expect(refused.headers.get('x-should-retry')).toBe('false');
      const { error } = (await refused.json()) as ErrorBody;
      expect(error).toMatchObject({ type: 'insufficient_quota', code: 'insufficient_quota' });
      expect(error.message).toContain('"tiny" of 0.0005 USD per day');
      const id = refused.headers.get('x-request-id')!.slice(4);
      const row = await vi.waitUntil(
        async () => (await ground.database.query<object>(`select * from request where id = $1::uuid`, [id]))[0],
        { timeout: 5000, interval: 50 },
      );
      expect(row).toMatchObject({ status: 429, outcome: 'rejected', error_code: 'insufficient_quota', attempts: 0 });
    });
  });

  it('of requests tells what is left, and when to come again', async () => {
    await under({ metric: 'requests', window: 'hour', limit: '3' }, async () => {
      const first = await ground.chat();
      await first.text();
      expect(first.headers.get('x-ratelimit-limit-requests')).toBe('3');
      expect(first.headers.get('x-ratelimit-remaining-requests')).toBe('2');
      expect(first.headers.get('x-ratelimit-reset-requests')).toMatch(/^(\d+m)?\d+(\.\d+)?m?s$/);
      expect(await statuses(6)).toEqual({ 200: 2, 429: 4 });
      const refused = await ground.chat();
      expect(((await refused.json()) as ErrorBody).error).toMatchObject({
        type: 'requests',
        code: 'rate_limit_exceeded',
      });
      expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
      expect(refused.headers.get('x-ratelimit-remaining-requests')).toBe('0');
    });
  });

  it("tells Anthropic's clients in their own words", async () => {
    await under({ metric: 'requests', window: 'hour', limit: '2' }, async () => {
      const messages = [{ role: 'user', content: 'Hi' }];
      const headers = { authorization: ground.authorization };
      const send = () => ground.send('POST', '/v1/messages', { model: 'chat', max_tokens: 5, messages }, { headers });
      const answers = [await send(), await send(), await send()];
      expect(answers.map(({ status }) => status)).toEqual([200, 200, 429]);
      for (const answer of answers) {
        expect(answer.headers.get('anthropic-ratelimit-requests-limit')).toBe('2');
        expect(Date.parse(answer.headers.get('anthropic-ratelimit-requests-reset')!)).toBeGreaterThan(Date.now());
        expect(answer.headers.get('request-id')).toMatch(/^req_/);
      }
      const left = answers.map(({ headers: told }) => told.get('anthropic-ratelimit-requests-remaining'));
      expect(left).toEqual(['1', '0', '0']);
      expect(await answers[2]!.json()).toMatchObject({ type: 'error', error: { type: 'rate_limit_error' } });
    });
  });

  it('of concurrency lets no more through at a time, and lets others in afterwards', async () => {
    await under({ metric: 'concurrency', limit: '3' }, async () => {
      expect(await statuses(9, { messages: slow(200) })).toEqual({ 200: 3, 429: 6 });
      expect(await statuses(3, { messages: slow(1) })).toEqual({ 200: 3 });
      await atRest();
    });
  });

  it('of tokens sets the worst case aside and counts what was used', async () => {
    await under({ metric: 'total_tokens', window: 'hour', limit: '1000' }, async (id) => {
      const answer = await ground.chat({ max_tokens: 500 });
      const { usage } = (await answer.json()) as { usage: { total_tokens: number } };
      expect(answer.status).toBe(200);
      await vi.waitFor(async () => expect(await settled(id)).toBe(usage.total_tokens), { timeout: 5000 });
      const tooLarge = await ground.chat({ max_tokens: 1000 });
      expect([tooLarge.status, ((await tooLarge.json()) as ErrorBody).error.type]).toEqual([429, 'tokens']);
      expect(await statuses(1, { max_tokens: 500 })).toEqual({ 200: 1 });
    });
  });

  it('of a user counts each by itself', async () => {
    await under(
      { scope: 'metadata', metadataKey: 'user', metric: 'requests', window: 'hour', limit: '2' },
      async () => {
        expect(await statuses(3, { user: 'ann' })).toEqual({ 200: 2, 429: 1 });
        expect(await statuses(3, { user: 'bob' })).toEqual({ 200: 2, 429: 1 });
        expect(await statuses(1)).toEqual({ 200: 1 });
      },
    );
  });

  it.each(['token', 'profile', 'provider', 'model'] as const)('of a %s holds', async (scope) => {
    const subject = ground.ids[scope];
    await under({ scope, subject, metric: 'requests', window: 'hour', limit: '2' }, async () => {
      expect(await statuses(5)).toEqual({ 200: 2, 429: 3 });
    });
  });

  it('applies together with others: the tightest wins, and the others count only what went through', async () => {
    await under({ metric: 'requests', window: 'hour', limit: '5' }, async (wide) => {
      await under({ metric: 'requests', window: 'hour', limit: '2' }, async () => {
        expect(await statuses(6)).toEqual({ 200: 2, 429: 4 });
      });
      await vi.waitFor(async () => expect(await settled(wide)).toBe(2), { timeout: 5000 });
      expect(await statuses(6)).toEqual({ 200: 3, 429: 3 });
    });
  });

  it('that is not hard refuses nothing, and counts', async () => {
    await under({ metric: 'requests', window: 'hour', limit: '1', isHard: false }, async (id) => {
      expect(await statuses(4)).toEqual({ 200: 4 });
      await vi.waitFor(async () => expect(await settled(id)).toBe(4), { timeout: 5000 });
    });
  });

  it('begins at zero after a reset, and gives more while it is raised', async () => {
    await under({ metric: 'requests', window: 'total', limit: '2' }, async (id) => {
      const path = `/admin/v1/allowances/${id}`;
      expect(await statuses(3)).toEqual({ 200: 2, 429: 1 });
      await ground.owner('POST', `${path}/raise`, { by: '1', until: new Date(Date.now() + 60_000) });
      await vi.waitFor(async () => expect(await statuses(1)).toEqual({ 200: 1 }), { timeout: 3000, interval: 200 });
      expect(await statuses(1)).toEqual({ 429: 1 });
      await ground.owner('DELETE', `${path}/raise`);
      await ground.owner('POST', `${path}/reset`);
      await vi.waitFor(async () => expect(await statuses(1)).toEqual({ 200: 1 }), { timeout: 3000, interval: 200 });
      expect(await statuses(2)).toEqual({ 200: 1, 429: 1 });
    });
  });

  it('shows how it stands, to its operator and to the client', async () => {
    await under({ name: 'shown', metric: 'money', window: 'month', limit: '0.004' }, async (id) => {
      expect(await statuses(3)).toEqual({ 200: 3 });
      const held = ground.chat({ messages: slow(1500) });
      await vi.waitUntil(() => ground.book.holds === 1, { timeout: 5000, interval: 5 });
      const path = `/admin/v1/allowances/${id}/status`;
      const status = (await (await ground.owner('GET', path)).json()) as { counters: object[] };
      expect(status).toMatchObject({ name: 'shown', metric: 'money', limit: '0.004' });
      expect(status.counters).toEqual([
        {
          subject: null,
          settled: '0.003',
          held: '0.001',
          leased: '0',
          remaining: '0',
          usedPercent: 75,
          reached: [50],
        },
      ]);
      const me = (await (await ground.me()).json()) as { allowances: object[] };
      expect(me).toMatchObject({ object: 'token', project: 'default' });
      expect(me.allowances).toEqual([
        expect.objectContaining({ name: 'shown', limit: '0.004', spent: '0.003', held: '0.001', remaining: '0' }),
      ]);
      await (await held).text();
    });
  });

  it('of a provider lets the next one have what it has no room for, and keeps no slot of one that failed', async () => {
    const second = await ground.addTarget('second');
    const slots = { scope: 'provider', metric: 'concurrency' };
    await under({ ...slots, subject: ground.ids.provider, limit: '1' }, async () => {
      await under({ ...slots, subject: second.provider, limit: '2' }, async (id) => {
        expect(await statuses(5, { messages: slow(1800) })).toEqual({ 200: 3, 429: 2 });
        expect(await statuses(5, { messages: slow(100) })).toEqual({ 200: 5 }); // two wait for their turn
        const failing = [{ role: 'user', content: '[[simulate status=500&failTimes=1]]' }];
        expect(await statuses(1, { messages: failing })).toEqual({ 200: 1 });
        await atRest();
        expect(await settled(id)).toBe(0);
      });
    });
    await second.remove();
  });

  it('of a provider that a call fails over to is asked for its share, though nothing of it is leased yet', async () => {
    const second = await ground.addTarget('standby');
    const limit = { scope: 'provider', subject: second.provider, metric: 'requests', window: 'total', limit: '2' };
    const failing = (key: string) => [{ role: 'user', content: `[[simulate status=500&failTimes=1&key=${key}]]` }];
    await under(limit, async (id) => {
      const calls = ['one', 'two', 'three'].map((key) => statuses(1, { messages: failing(key) }));
      await Promise.all(calls);
      await vi.waitFor(async () => expect(await settled(id)).toBe(2));
      await atRest();
    });
    await second.remove();
  });

  it('of a provider sends calls elsewhere only when there is an elsewhere, and is told in metrics', async () => {
    const subject = ground.ids.provider;
    await under({ scope: 'provider', subject, metric: 'requests', window: 'hour', limit: '1' }, async () => {
      expect(await statuses(3)).toEqual({ 200: 1, 429: 2 });
      const metrics = await (await ground.send('GET', '/metrics')).text();
      expect(metrics).toMatch(/^waggle_allowance_refused_total\{worker="0"\} [1-9]/m);
      expect(metrics).toMatch(/^waggle_allowance_counters_held\{worker="0"\} 0$/m);
    });
  });

  it('of concurrency holds the slots of both targets while a call is hedged', async () => {
    const second = await ground.addTarget('hedger');
    const attempts = { hedgeAfterMs: 50 };
    const path = `/admin/v1/profiles/${ground.ids.profile}`;
    const snapshot = ground.app.get(CurrentSnapshot, { strict: false });
    const hedges = () => snapshot.get().profiles.get(ground.ids.profile)!.attempts?.hedgeAfterMs;
    expect((await ground.owner('PATCH', path, { attempts })).status).toBe(200);
    await vi.waitUntil(() => hedges() === 50, { timeout: 5000, interval: 5 });
    const slots = { scope: 'provider', metric: 'concurrency', limit: '4' };
    await under({ ...slots, subject: ground.ids.provider }, async (first) => {
      await under({ ...slots, subject: second.provider }, async (other) => {
        const heldOf = (id: string) => [...ground.book.counters()].find(({ entry }) => entry.id === id)?.held;
        await vi.waitFor(
          async () => {
            // A call that finds no slot at the second target asks for one, for those that come after it.
            const hedged = ground.chat({ messages: slow(400) });
            const isHedged = () => heldOf(first) === 1 && heldOf(other) === 1;
            const wasHedged = vi.waitUntil(isHedged, { timeout: 1000, interval: 5 });
            expect((await hedged).status).toBe(200);
            await (await hedged).text();
            await wasHedged;
          },
          { timeout: 15_000, interval: 10 },
        );
        await atRest();
      });
    });
    expect((await ground.owner('PATCH', path, { attempts: null })).status).toBe(200);
    await vi.waitUntil(() => hedges() === undefined, { timeout: 5000, interval: 5 });
    await second.remove();
  });

  it('of money passes over what has no price, and refuses a call that has no other target', async () => {
    const second = await ground.addTarget('unpriced');
    const [row] = await ground.database.query<{ id: string }>(`select id from model where name = 'unpriced'`);
    const failing = [{ role: 'user', content: '[[simulate status=500]]' }];
    const triedBy = async (): Promise<number> => {
      const answer = await ground.chat({ messages: failing });
      await answer.text();
      const id = answer.headers.get('x-request-id')!.slice(4);
      const find = async () =>
        ground.database.query<{ model_id: string }>(`select model_id from attempt where request_id = $1::uuid`, [id]);
      const rows = await vi.waitUntil(async () => (await find()).length > 0 && find(), { timeout: 5000, interval: 20 });
      return new Set((await rows).map(({ model_id: model }) => model)).size;
    };
    await under({ name: 'strict', metric: 'money', window: 'day', limit: '1' }, async (id) => {
      expect(await triedBy()).toBe(1);
      await ground.owner('PATCH', `/admin/v1/allowances/${id}`, { allowsUnpriced: true });
      const entry = () => ground.app.get(CurrentSnapshot, { strict: false }).get().allowances.get(id);
      await vi.waitUntil(() => entry()?.allowsUnpriced, { timeout: 5000, interval: 5 });
      expect(await triedBy()).toBe(2);
    });
    await second.remove();
    await ground.owner('PATCH', `/admin/v1/profiles/${ground.ids.profile}`, { targets: [{ model: row!.id }] });
    const snapshot = ground.app.get(CurrentSnapshot, { strict: false });
    const leadsTo = () => snapshot.get().profiles.get(ground.ids.profile)!.targets[0]!.modelId;
    await vi.waitUntil(() => leadsTo() === row!.id, { timeout: 5000, interval: 5 });
    await under(
      { name: 'strict', scope: 'model', subject: row!.id, metric: 'money', window: 'day', limit: '1' },
      async () => {
        const refused = await ground.chat();
        expect([refused.status, refused.headers.get('x-should-retry')]).toEqual([429, 'false']);
        expect(await refused.json()).toMatchObject({ error: { code: 'price_unknown', type: 'insufficient_quota' } });
        await atRest();
      },
    );
    expect(await statuses(1)).toEqual({ 200: 1 });
    await ground.owner('PATCH', `/admin/v1/profiles/${ground.ids.profile}`, { targets: [{ model: ground.ids.model }] });
    await vi.waitUntil(() => leadsTo() === ground.ids.model, { timeout: 5000, interval: 5 });
  });

  it('of a user takes the word of the token before that of the body', async () => {
    const path = `/admin/v1/tokens/${ground.ids.token}`;
    const snapshot = ground.app.get(CurrentSnapshot, { strict: false });
    const user = () => snapshot.get().tokens.get(ground.authorization.split('_')[1] ?? '')?.metadata.user;
    expect((await ground.owner('PATCH', path, { metadata: { user: 'pinned' } })).status).toBe(200);
    await vi.waitUntil(() => user() === 'pinned', { timeout: 5000, interval: 5 });
    const each = { scope: 'metadata', metadataKey: 'user', metric: 'requests', window: 'hour', limit: '2' };
    await under(each, async () => {
      const all = await Promise.all(['ann', 'bob', 'eve'].map((name) => statuses(1, { user: name })));
      expect(all.map((one) => Object.keys(one)[0]).toSorted()).toEqual(['200', '200', '429']);
    });
    expect((await ground.owner('PATCH', path, { metadata: {} })).status).toBe(200);
    await vi.waitUntil(() => user() === undefined, { timeout: 5000, interval: 5 });
  });

  it('caps an answer that nobody else holds to a maximum, and says so', async () => {
    await under({ metric: 'output_tokens', window: 'hour', limit: '20000' }, async () => {
      const open = await ground.chat({ max_tokens: undefined, messages: long(20_000) });
      const { choices, usage } = (await open.json()) as Completion;
      expect(open.headers.get('x-waggle-output-cap')).toBe('16384');
      expect([choices[0]!.finish_reason, usage.completion_tokens]).toEqual(['length', 16_384]);
      const asked = await ground.chat({ max_tokens: 100, messages: long(50) });
      expect([asked.status, asked.headers.get('x-waggle-output-cap')]).toEqual([200, null]);
    });
  });

  it.each([-1_000_000, 1e308, 0, 0.5])('sets something sensible aside for max_tokens %s', async (maxTokens) => {
    await under({ metric: 'output_tokens', window: 'hour', limit: '2000' }, async () => {
      const answer = await ground.chat({ max_tokens: maxTokens });
      await answer.text();
      expect(answer.status === 429).toBe(maxTokens !== 0.5);
      await atRest();
    });
  });

  it('of a run counts the calls that name it, by money, steps and time', async () => {
    const step = (run: string) => ground.chat({}, { headers: { 'x-waggle-run': run } });
    const statusOf = async (run: string): Promise<number> => {
      const answer = await step(run);
      await answer.text();
      return answer.status;
    };
    await under({ scope: 'run', metric: 'requests', window: 'total', limit: '2' }, async () => {
      expect([await statusOf('a'), await statusOf('a'), await statusOf('a')]).toEqual([200, 200, 429]);
      expect([await statusOf('b'), (await ground.chat()).status]).toEqual([200, 200]);
    });
    await under({ scope: 'run', metric: 'seconds', window: 'total', limit: '1' }, async () => {
      expect(await statusOf('slow')).toBe(200);
      await vi.waitFor(async () => expect(await statusOf('slow')).toBe(429), { timeout: 3000, interval: 100 });
      expect(await statusOf('fresh')).toBe(200);
    });
    const stopped = { scope: 'run', metadataValue: 'bad', metric: 'requests', window: 'total', limit: '0' };
    await under(stopped, async () => {
      const refused = await step('bad');
      expect([refused.status, refused.headers.get('x-should-retry')]).toEqual([429, 'false']);
      expect(await statusOf('good')).toBe(200);
    });
  });

  it('notes once a window which of its thresholds were reached', async () => {
    await under({ metric: 'requests', window: 'hour', limit: '4', thresholds: [50, 100] }, async (id) => {
      const leader = ground.app.get(Leader, { strict: false });
      await vi.waitUntil(() => leader.isLeader, { timeout: 5000 });
      const watch = ground.app.get(ThresholdWatch, { strict: false });
      const reached = async (): Promise<number[]> => {
        await watch.look();
        const answer = await ground.owner('GET', `/admin/v1/allowances/${id}/events`);
        return ((await answer.json()) as { items: { percent: number }[] }).items.map(({ percent }) => percent);
      };
      expect(await statuses(1)).toEqual({ 200: 1 });
      expect(await reached()).toEqual([]);
      expect(await statuses(1)).toEqual({ 200: 1 });
      await vi.waitFor(async () => expect(await reached()).toEqual([50]), { timeout: 5000, interval: 100 });
      expect(await statuses(3)).toEqual({ 200: 2, 429: 1 });
      await vi.waitFor(async () => expect(await reached()).toEqual([100, 50]), { timeout: 5000, interval: 100 });
    });
  });

  it('is forgotten window by window, an hour after each is over', async () => {
    await under({ metric: 'requests', window: 'minute', limit: '5' }, async (id) => {
      await (await ground.chat()).text();
      await ground.database.query(
        `insert into allowance_counter (id, allowance_id, epoch, subject, window_start, window_end)
         select gen_random_uuid(), $1, 0, '', now() - hours, now() - hours + interval '1 minute'
         from unnest('{30 minutes,2 hours}'::interval[]) as hours`,
        [id],
      );
      const leader = ground.app.get(Leader, { strict: false });
      await vi.waitUntil(() => leader.isLeader, { timeout: 5000 });
      await ground.app.get(CounterCleaner, { strict: false }).clean();
      const rows = await ground.database.query(`select from allowance_counter where allowance_id = $1`, [id]);
      expect(rows).toHaveLength(2);
    });
  });

  it('holds nothing any more for callers who left, streams that ended, and calls that failed', async () => {
    await under({ metric: 'money', window: 'hour', limit: '1' }, async () => {
      const leaving = new AbortController();
      const left = ground.chat({ messages: slow(5000) }, { signal: leaving.signal });
      await vi.waitUntil(() => ground.book.holds === 1, { timeout: 5000, interval: 5 });
      leaving.abort();
      await expect(left).rejects.toThrow();
      await (await ground.chat({ stream: true })).text();
      await (await ground.chat({ messages: [{ role: 'user', content: '[[simulate status=500]]' }] })).text();
      await (await ground.chat({ messages: [{ role: 'user', content: '[[simulate status=400]]' }] })).text();
      await atRest();
    });
  });

  /** What Postgres has as spent for good. */
  async function settled(id: string): Promise<number> {
    const [row] = await ground.database.query<{ sum: string }>(
      `select coalesce(sum(c.settled + coalesce(l.settled, 0)), 0) as sum from allowance_counter c
       left join allowance_lease l on l.counter_id = c.id where c.allowance_id = $1`,
      [id],
    );
    return Number(row!.sum);
  }

  function long(tokens: number): object[] {
    return [{ role: 'user', content: `[[simulate tokens=${tokens}]]` }];
  }

  function slow(delayMs: number): object[] {
    return [{ role: 'user', content: `[[simulate delayMs=${delayMs}]]` }];
  }
});
