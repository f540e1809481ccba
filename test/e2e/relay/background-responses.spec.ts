import OpenAI from 'openai';
import { BackgroundWatch } from '../../../src/relay/background/background-watch.js';
import { PendingResponses } from '../../../src/responses/pending-responses.js';
import { startSimulator, type Simulator } from '../../../src/simulator/simulator.js';
import { Drain } from '../../../src/usage/drain.service.js';
import { startRelayGround, type RelayGround } from '../../support/relay-ground.js';

interface RequestRow {
  readonly background_state: string | null;
  readonly outcome: string;
  readonly attempts: number;
  readonly usage_source: string;
  readonly input_tokens: string;
  readonly output_tokens: string;
  readonly cost_picos: string | null;
}

interface AttemptRow extends Omit<RequestRow, 'background_state' | 'attempts'> {
  readonly number: number;
  readonly kind: string;
  readonly error_code: string | null;
}

describe('a response that is made in the background', () => {
  let simulator: Simulator;
  let ground: RelayGround;
  let openai: OpenAI;

  beforeAll(async () => {
    simulator = await startSimulator({ apiKey: 'upstream-key' });
    ground = await startRelayGround({ config: { WAGGLE_BACKGROUND_MAX_PENDING: '3' } });
    route('slow', 'polls=2');
    route('endless', 'polls=1000000');
    openai = clientOf(ground.token());
    await watch().stop(); // looks are the tests' own
    return async () => {
      await ground.close();
      await simulator.close();
    };
  });
  afterEach(async () => {
    await ground.app.get(Drain, { strict: false }).drain();
    await ground.database.query(`delete from pending_response`);
    (Reflect.get(pendingService(), 'noted') as Map<string, unknown>).clear();
  });

  const clientOf = (apiKey: string) => new OpenAI({ baseURL: `${ground.url}/v1`, apiKey, maxRetries: 0 });
  const route = (name: string, directives: string) =>
    ground.route({
      name,
      model: { upstreamId: `sim-chat?tokens=7&${directives}`, operation: 'responses' },
      provider: { origin: simulator.url },
    });
  const watch = () => ground.app.get(BackgroundWatch, { strict: false });
  const pendingService = () => ground.app.get(PendingResponses, { strict: false });
  const drain = () => ground.app.get(Drain, { strict: false }).drain();
  const begin = (model: string, more: object = {}) =>
    openai.responses.create({ model, input: 'Think it over.', background: true, ...more });

  const requestOf = async (responseId: string): Promise<{ request: RequestRow; attempts: AttemptRow[] }> => {
    const entry = ground.entries.find(({ response }) => response?.id === responseId);
    const id = entry!.request!.id;
    await drain();
    const [request] = await ground.database.query<RequestRow>(`select * from request where id = $1`, [id]);
    const attempts = await ground.database.query<AttemptRow>(
      `select * from attempt where request_id = $1 order by number`,
      [id],
    );
    return { request: request!, attempts };
  };
  /** Looks at all that is pending, as the watch does when it is time to. */
  const lookNow = async (): Promise<void> => {
    await drain();
    await ground.database.query(`update pending_response set look_at = now()`);
    await vi.waitFor(
      async () => {
        await watch().round();
        const due = `select 1 from pending_response where look_at <= now()`;
        expect(await ground.database.query(due)).toEqual([]);
      },
      { timeout: 10_000, interval: 20 },
    );
  };
  const rolledUp = async (modelId: string) => {
    const [sums] = await ground.database.query<Record<string, string>>(
      `select sum(requests) as requests, sum(attempts) as attempts, sum(output_tokens) as output_tokens,
         sum(cost_picos) as cost_picos, sum(unpriced) as unpriced from usage_rollup where model_id = $1`,
      [modelId],
    );
    return sums;
  };

  it('is asked for until it is done, and costs what it used, once', async () => {
    const { targets } = route('counted', 'polls=2');
    const made = await begin('counted', { metadata: { team: 'a' } });
    expect(made).toMatchObject({ status: 'queued', background: true, model: 'counted' });
    const before = await requestOf(made.id);
    expect(before.request).toMatchObject({ background_state: 'pending', outcome: 'ok', usage_source: 'none' });
    expect(before.attempts).toMatchObject([{ kind: 'first', cost_picos: '0', output_tokens: '0' }]);

    const states: unknown[] = [];
    let last = made;
    while (last.status !== 'completed') {
      last = await openai.responses.retrieve(made.id);
      states.push(last.status);
    }
    expect(states).toEqual(['in_progress', 'in_progress', 'completed']);
    const { input_tokens, output_tokens } = last.usage!;
    const cost = String(input_tokens * 1_000_000 + output_tokens * 2_000_000);
    const used = {
      input_tokens: String(input_tokens),
      output_tokens: String(output_tokens),
      usage_source: 'provider',
      cost_picos: cost,
    };
    const after = await requestOf(made.id);
    expect(output_tokens).toBe(7);
    expect(after.request).toMatchObject({ ...used, background_state: 'completed', attempts: 2 });
    expect(after.attempts).toMatchObject([
      { kind: 'first', cost_picos: '0' },
      { ...used, kind: 'background', number: 2, outcome: 'ok' },
    ]);

    await openai.responses.retrieve(made.id);
    await lookNow();
    expect(await requestOf(made.id)).toEqual(after);
    expect(await rolledUp(targets[0]!.modelId)).toMatchObject({
      requests: '5', // the call, and four that asked for it
      output_tokens: '7',
      cost_picos: cost,
      unpriced: '0',
    });
  });

  it('counts by metadata as well', async () => {
    const team = clientOf(ground.token({ metadata: { team: 'owls' } }));
    const made = await team.responses.create({ model: 'slow', input: 'Hoot', background: true });
    for (let i = 0; i < 3; i++) await lookNow();
    await requestOf(made.id);
    const rows = await ground.database.query(
      `select requests, attempts, output_tokens, unpriced from usage_metadata_rollup where key = 'team' and value = 'owls'`,
    );
    expect(rows).toEqual([{ requests: '1', attempts: '2', output_tokens: '7', unpriced: '0' }]);
  });

  it('is on record though nobody ever asks for it again', async () => {
    const made = await begin('slow');
    for (let i = 0; i < 3; i++) await lookNow();
    expect((await requestOf(made.id)).request).toMatchObject({ background_state: 'completed', output_tokens: '7' });
    const paths = simulator.stats.records().filter(({ path }) => path.endsWith(made.id));
    expect(paths.map(({ method }) => method)).toEqual(['GET', 'GET', 'GET']);
  });

  it('is settled by one of many that see its end at once', async () => {
    const made = await begin('slow');
    await drain();
    for (let i = 0; i < 2; i++) await openai.responses.retrieve(made.id);
    await Promise.all([...Array.from({ length: 8 }, () => openai.responses.retrieve(made.id)), lookNow(), lookNow()]);
    const { request, attempts } = await requestOf(made.id);
    expect(request).toMatchObject({ output_tokens: '7', attempts: 2 });
    expect(attempts).toHaveLength(2);
  });

  it('is not counted again when its journal comes a second time', async () => {
    const made = await begin('slow');
    await drain();
    const entry = ground.entries.find(({ response }) => response?.id === made.id)!;
    for (let i = 0; i < 3; i++) await openai.responses.retrieve(made.id);
    const { Journal } = await import('../../../src/journal/journal.js');
    await ground.app.get(Journal, { strict: false }).append(entry);
    await drain();
    expect(await ground.database.query(`select 1 from pending_response where id = $1`, [made.id])).toEqual([]);
    expect((await requestOf(made.id)).request).toMatchObject({ output_tokens: '7', attempts: 2 });
  });

  it('is cancelled by its client, and what was read is counted and flagged', async () => {
    const made = await begin('endless');
    await drain();
    expect(await openai.responses.cancel(made.id)).toMatchObject({ id: made.id, status: 'cancelled' });
    const { request, attempts } = await requestOf(made.id);
    expect(request).toMatchObject({ background_state: 'cancelled', usage_source: 'estimated', output_tokens: '0' });
    expect(Number(request.input_tokens)).toBeGreaterThan(2);
    expect(attempts[1]).toMatchObject({ outcome: 'cancelled', kind: 'background', usage_source: 'estimated' });
  });

  it('costs nothing when it fails with nothing to show', async () => {
    route('failing', 'polls=0&ends=failed');
    const made = await begin('failing');
    await drain();
    expect(await openai.responses.retrieve(made.id)).toMatchObject({ status: 'failed' });
    const { request, attempts } = await requestOf(made.id);
    expect(request).toMatchObject({ background_state: 'failed', cost_picos: '0', usage_source: 'none', outcome: 'ok' });
    expect(attempts[1]).toMatchObject({ outcome: 'upstream_error', error_code: 'server_error' });
  });

  it('is counted as the most that it may have used when its provider loses it', async () => {
    route('losing', 'polls=0&ends=lost');
    const made = await begin('losing', { max_output_tokens: 50 });
    for (let i = 0; i < 4; i++) await lookNow();
    expect((await requestOf(made.id)).request).toMatchObject({ background_state: 'pending' });
    await lookNow();
    const { request, attempts } = await requestOf(made.id);
    expect(request).toMatchObject({
      background_state: 'expired',
      usage_source: 'estimated',
      output_tokens: '50',
    });
    expect(attempts[1]).toMatchObject({ outcome: 'timeout', error_code: 'background_expired' });
  });

  it('is cancelled when it takes too long', async () => {
    const made = await begin('endless');
    await drain();
    await ground.database.query(`update pending_response set expires_at = now() where id = $1`, [made.id]);
    await lookNow();
    expect(simulator.stats.records().at(-1)?.path).toBe(`/responses/${made.id}/cancel`);
    expect((await requestOf(made.id)).request).toMatchObject({ background_state: 'cancelled' });
  });

  it('stays pending while its provider can’t be asked', async () => {
    const profile = route('parted', 'polls=0');
    const made = await begin('parted');
    const { CurrentSnapshot } = await import('../../../src/snapshot/current-snapshot.js');
    const { models, providers } = ground.app.get(CurrentSnapshot).get();
    const provider = providers.get(models.get(profile.targets[0]!.modelId)!.providerId)!;
    const { CurrentCredentials } = await import('../../../src/snapshot/current-credentials.js');
    ground.app.get(CurrentCredentials).set(provider.id, 'locked');
    await lookNow();
    expect((await requestOf(made.id)).request).toMatchObject({ background_state: 'pending' });
    ground.app.get(CurrentCredentials).set(provider.id, 'upstream-key');
    await lookNow();
    expect((await requestOf(made.id)).request).toMatchObject({ background_state: 'completed' });
  });

  it('is not deleted before it is on record', async () => {
    const made = await begin('slow');
    const refused = openai.responses.delete(made.id);
    await expect(refused).rejects.toMatchObject({ status: 409, code: 'response_in_progress' });
    await drain();
    await expect(openai.responses.delete(made.id)).rejects.toMatchObject({ status: 409 });
    await openai.responses.delete(made.id);
    expect((await requestOf(made.id)).request).toMatchObject({ background_state: 'completed', output_tokens: '7' });
    await expect(openai.responses.retrieve(made.id)).rejects.toMatchObject({ status: 404 });
  });

  it('is nobody else’s', async () => {
    const made = await begin('endless');
    await drain();
    const other = clientOf(ground.token({ projectId: crypto.randomUUID() }));
    const bound = clientOf(ground.token({ profileIds: new Set([crypto.randomUUID()]) }));
    const { calls } = simulator.stats.totals();
    for (const stranger of [other, bound]) {
      const refused = { status: 404, code: 'response_not_found' };
      await expect(stranger.responses.retrieve(made.id)).rejects.toMatchObject(refused);
      await expect(stranger.responses.cancel(made.id)).rejects.toMatchObject(refused);
    }
    expect(simulator.stats.totals().calls).toBe(calls);
    expect((await requestOf(made.id)).request).toMatchObject({ background_state: 'pending' });
  });

  it('is on record when its client leaves before it knows its id', async () => {
    route('late', 'polls=0&delayMs=300');
    const leaving = new AbortController();
    const asked = openai.responses.create(
      { model: 'late', input: 'Bye', background: true },
      { signal: leaving.signal },
    );
    await vi.waitUntil(() => simulator.stats.totals().open === 1, { timeout: 5000, interval: 5 });
    leaving.abort();
    await expect(asked).rejects.toThrow();
    const row = await ground.row('late');
    expect(row).toMatchObject({ background_state: 'pending', outcome: 'ok', status: 200 });
    await lookNow();
    const [request] = await ground.database.query<RequestRow>(`select * from request where id = $1`, [row.id]);
    expect(request).toMatchObject({ background_state: 'completed', output_tokens: '7' });
  });

  const events = (model: string) =>
    openai.responses.create({ model, input: 'Think it over.', background: true, stream: true });

  it('is streamed while it is made, and on record before its client has a byte of it', async () => {
    route('streamed', 'chunkDelayMs=5');
    let made: OpenAI.Responses.Response | undefined;
    for await (const event of await events('streamed')) {
      if (event.type === 'response.created') {
        const entry = ground.entries.find(({ response }) => response?.id === event.response.id);
        expect(entry?.pending?.response).toMatchObject({ id: event.response.id });
      }
      if (event.type === 'response.completed') made = event.response;
    }
    expect(made).toMatchObject({ status: 'completed', model: 'streamed', usage: { output_tokens: 7 } });
    await lookNow();
    const { request, attempts } = await requestOf(made!.id);
    expect(request).toMatchObject({ background_state: 'completed', output_tokens: '7', usage_source: 'provider' });
    expect(attempts).toMatchObject([{ output_tokens: '0' }, { kind: 'background', output_tokens: '7' }]);
  });

  it('sends its client nothing as long as it is not on record', async () => {
    route('withheld', 'chunkDelayMs=5&stallAfter=6');
    const { Journal } = await import('../../../src/journal/journal.js');
    const journal = ground.app.get(Journal, { strict: false });
    const { append } = journal;
    const { promise, resolve } = Promise.withResolvers<void>();
    journal.append = (entry) => promise.then(() => append.call(journal, entry));
    let hasCome = false;
    const asked = events('withheld').then((stream) => {
      hasCome = true;
      stream.controller.abort();
    });
    await vi.waitUntil(() => simulator.stats.records().at(-1)?.framesSent === 6, { timeout: 5000, interval: 5 });
    expect(hasCome).toBe(false);
    journal.append = append;
    resolve();
    await asked;
    await vi.waitUntil(() => simulator.stats.totals().open === 0, { timeout: 5000, interval: 10 });
  });

  it('is an ordinary one when its stream is over at once', async () => {
    route('quick', 'burst=1000');
    const types: string[] = [];
    for await (const { type } of await events('quick')) types.push(type);
    expect([types[0], types.at(-1)]).toEqual(['response.created', 'response.completed']);
    expect(await ground.row('quick')).toMatchObject({ attempts: 1, output_tokens: 7 });
  });

  it('is streamed on from where its stream broke off', async () => {
    route('broken', 'cutAfter=6&chunkDelayMs=5');
    const seen: number[] = [];
    let id = '';
    const broken = (async () => {
      for await (const event of await events('broken')) {
        seen.push(event.sequence_number);
        if (event.type === 'response.created') id = event.response.id;
      }
    })();
    await expect(broken).rejects.toThrow(OpenAI.APIError);
    expect(seen.length).toBeGreaterThan(1);
    expect((await requestOf(id)).request).toMatchObject({ background_state: 'pending', cost_picos: '0' });
    const rest = await openai.responses.retrieve(id, { stream: true, starting_after: seen.at(-1)! });
    let last: string | undefined;
    for await (const event of rest) {
      seen.push(event.sequence_number);
      last = event.type;
    }
    expect(last).toBe('response.completed');
    expect(seen).toEqual(seen.map((_, index) => index));
    const { request, attempts } = await requestOf(id);
    expect(request).toMatchObject({ background_state: 'completed', output_tokens: '7' });
    expect(attempts).toHaveLength(2);
  });

  it('goes on when the client of its stream leaves, whose connection to the upstream is closed', async () => {
    route('left', 'stallAfter=6');
    const stream = await events('left');
    let id = '';
    for await (const event of stream) {
      if (event.type === 'response.created') id = event.response.id;
      if (event.type === 'response.output_text.delta') break;
    }
    stream.controller.abort();
    await vi.waitUntil(() => simulator.stats.totals().open === 0, { timeout: 5000, interval: 10 });
    expect(simulator.stats.records().at(-1)).toMatchObject({ ended: 'client_left' });
    await lookNow();
    expect((await requestOf(id)).request).toMatchObject({ background_state: 'completed', output_tokens: '7' });
  });

  it('is one of so many that a token may have', async () => {
    const one = clientOf(ground.token());
    const ask = () => one.responses.create({ model: 'endless', input: 'x', background: true });
    const first = await ask();
    const more = await Promise.allSettled(Array.from({ length: 5 }, ask));
    const refused = more.filter(({ status }) => status === 'rejected');
    expect(refused).toHaveLength(3);
    expect(refused[0]).toMatchObject({ reason: { status: 429, code: 'too_many_pending_responses' } });
    await drain();
    await one.responses.cancel(first.id);
    expect(await ask()).toMatchObject({ status: 'queued' });
    expect(await begin('endless')).toMatchObject({ status: 'queued' });
  });

  it('needs to be stored, and a provider that speaks Responses from one place', async () => {
    const provider = { driver: 'openai-compatible', origin: simulator.url };
    ground.route({ name: 'chats', model: { upstreamId: 'sim-chat' }, provider });
    const endpoints = [simulator.url, simulator.url];
    const model = { upstreamId: 'sim-chat', operation: 'responses' } as const;
    ground.route({ name: 'many', model, provider: { ...provider, endpoints } });
    const { calls } = simulator.stats.totals();
    for (const name of ['chats', 'many']) {
      const refused = { status: 400, code: 'background_not_supported', param: 'background' };
      await expect(begin(name)).rejects.toMatchObject(refused);
    }
    const unstored = { status: 400, code: 'background_needs_store', param: 'store' };
    await expect(begin('slow', { store: false })).rejects.toMatchObject(unstored);
    expect(simulator.stats.totals().calls).toBe(calls);
    expect(await begin('slow', { background: false })).toMatchObject({ status: 'completed' });
  });

  it('is known for what it is when the profile wants it, not the client', async () => {
    const policy = { defaults: {}, overrides: { background: true }, systemPrompt: null };
    const model = { upstreamId: 'sim-chat?tokens=7&polls=0', operation: 'responses' } as const;
    ground.route({ name: 'ordered', profile: { policy }, model, provider: { origin: simulator.url } });
    const made = await openai.responses.create({ model: 'ordered', input: 'x' });
    expect(made.status).toBe('queued');
    await drain();
    await openai.responses.retrieve(made.id);
    expect((await requestOf(made.id)).request).toMatchObject({ background_state: 'completed', output_tokens: '7' });
  });
});
