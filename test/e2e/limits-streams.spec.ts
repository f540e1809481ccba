import { CurrentSnapshot } from '../../src/snapshot/current-snapshot.js';
import { profileKey } from '../../src/snapshot/snapshot.js';
import { startLimitGround, type LimitGround } from '../support/limit-ground.js';
import { expectTruthfulMessage } from '../support/message-invariants.js';
import { expectTruthfulStream, readEvents, type StreamFacts } from '../support/stream-invariants.js';

const MOST = 20;

interface Row {
  readonly outcome: string;
  readonly error_code: string | null;
  readonly error_class: string | null;
  readonly usage_source: string;
  readonly output_tokens: number;
  readonly cost_picos: string | null;
}

describe('a stream whose upstream takes no notice of the maximum', () => {
  let ground: LimitGround;
  let allowance: string;

  beforeAll(async () => {
    ground = await startLimitGround();
    for (const [name, driver, operation] of [
      ['claude', 'anthropic', 'chat'],
      ['legacy', 'openai', 'completion'],
      ['modern', 'openai', 'responses'],
    ] as const) {
      await addProfile(name, driver, operation);
    }
    allowance = await ground.allow({ name: 'tight', metric: 'output_tokens', window: 'total', limit: '100000' });
    return () => ground.close();
  });

  const addProfile = async (name: string, driver: string, operation: string): Promise<void> => {
    const create = async (path: string, body: object): Promise<void> => {
      const response = await ground.owner('POST', `/admin/v1/${path}`, body);
      expect(response.status, await response.text()).toBe(201);
    };
    const baseUrl = driver === 'anthropic' ? ground.simulator.url : `${ground.simulator.url}/v1`;
    await create('providers', { name, driver, baseUrl, credential: { reference: 'env:UPSTREAM_KEY' } });
    const price = { buckets: { input: '1', output: '2' } };
    await create('models', { provider: name, name, upstreamId: 'sim-chat', operation, price });
    await create('profiles?project=default', { name, operation, targets: [{ model: name }] });
    const snapshot = ground.app.get(CurrentSnapshot, { strict: false });
    const project = snapshot.get().profiles.get(ground.ids.profile)!.projectId;
    await vi.waitUntil(() => snapshot.get().profileNames.get(profileKey(project, name)), { timeout: 5000 });
  };

  const post = (path: string, body: object): Promise<Response> =>
    ground.send('POST', path, { stream: true, ...body }, { headers: { authorization: ground.authorization } });

  const prompt = (directives: string): { role: string; content: string }[] => [
    { role: 'user', content: `[[simulate tokens=500&ignore=max&${directives}]]` },
  ];

  const chat = async (directives: string, given: object = {}): Promise<{ body: string; row: Row }> => {
    const response = await post(PATH, { model: 'chat', max_tokens: MOST, messages: prompt(directives), ...given });
    return { body: await response.text(), row: await rowOf(response) };
  };

  const rowOf = async (response: Response): Promise<Row> => {
    const id = response.headers.get('x-request-id')!.slice(4);
    const find = async (): Promise<Row | undefined> =>
      (await ground.database.query<Row>(`select * from attempt where request_id = $1::uuid`, [id]))[0];
    return (await vi.waitUntil(find, { timeout: 5000, interval: 20 }))!;
  };

  /** All that Postgres has as spent for good. */
  const settled = async (id = allowance): Promise<number> => {
    const answer = await ground.owner('GET', `/admin/v1/allowances/${id}/status`);
    const { counters } = (await answer.json()) as { counters: { settled: string; held: string }[] };
    expect(counters[0]?.held ?? '0').toBe('0');
    return Number(counters[0]?.settled ?? 0);
  };

  const expectHeld = (row: Row, most = MOST): void => {
    expect(row).toMatchObject({ outcome: 'ok', error_code: 'output_hold_reached', error_class: null });
    expect(row).toMatchObject({ usage_source: 'estimated' });
    expect(Number(row.output_tokens)).toBeGreaterThan(most / 2);
    expect(Number(row.output_tokens)).toBeLessThanOrEqual(most);
  };

  const words = ({ text }: StreamFacts): number => text.split(' ').length;
  const lastChoice = (body: string): { waggle?: object } =>
    readEvents(body)
      .filter(({ data }) => data.includes('"length"'))
      .map(({ data }) => JSON.parse(data) as object)[0]!;

  it('ends at its hold as if the upstream had kept to it, with a note, and settles no more than that', async () => {
    const before = await settled();
    const left = ground.simulator.stats.totals().clientLeft;
    const { body, row } = await chat('chunkDelayMs=1');
    const facts = expectTruthfulStream(body);
    expect([facts.finishReasons, words(facts), facts.usage]).toEqual([['length'], MOST, undefined]);
    expect(lastChoice(body).waggle).toEqual({ ended_by: 'allowance', allowance: 'tight', output_tokens: MOST });
    await vi.waitFor(() => expect(ground.simulator.stats.totals().clientLeft).toBe(left + 1), { timeout: 2000 });
    expectHeld(row);
    await vi.waitFor(async () => expect(await settled()).toBe(before + Number(row.output_tokens)), { timeout: 5000 });
  });

  it('tells its client the usage that is on record, if it asked for it', async () => {
    const { body, row } = await chat('', { stream_options: { include_usage: true } });
    const { usage } = expectTruthfulStream(body);
    expect(usage?.completion_tokens).toBe(Number(row.output_tokens));
    expectHeld(row);
  });

  it.each(['burst=100', 'split=7', 'framing=crlf', 'usage=every', 'pings=1', 'usage=every&burst=500'])(
    'sends nothing on beyond it, however its events come: %s',
    async (directives) => {
      const { body, row } = await chat(directives);
      expect(words(expectTruthfulStream(body))).toBe(MOST);
      expectHeld(row);
    },
  );

  it('is ended though it comes in a few large pieces', async () => {
    const { body, row } = await chat('chunkTokens=30');
    const facts = expectTruthfulStream(body);
    expect(facts.finishReasons).toEqual(['length']);
    expect(facts.text.length).toBeLessThanOrEqual(6 * MOST);
    expectHeld({ ...row, output_tokens: row.output_tokens || MOST });
  });

  it('gives each of several answers its end, and those that have one no other', async () => {
    const { body, row } = await chat('', { n: 3 });
    expect(expectTruthfulStream(body).finishReasons).toEqual(['length', 'length', 'length']);
    expectHeld(row, 3 * MOST);
  });

  it('is left alone when it keeps to its maximum, byte for byte', async () => {
    const { body, row } = await chat('', { messages: [{ role: 'user', content: '[[simulate tokens=500]]' }] });
    expect([words(expectTruthfulStream(body)), body.includes('waggle')]).toEqual([MOST, false]);
    expect(row).toMatchObject({ error_code: null, usage_source: 'provider', output_tokens: String(MOST) });
  });

  it('is not ended by an allowance that is not hard, nor by one that counts no output', async () => {
    await ground.owner('PATCH', `/admin/v1/allowances/${allowance}`, { isHard: false });
    const isSoft = () => !ground.app.get(CurrentSnapshot, { strict: false }).get().allowances.get(allowance)!.isHard;
    await vi.waitUntil(isSoft, { timeout: 5000, interval: 5 });
    const other = await ground.allow({ metric: 'requests', window: 'hour', limit: '100' });
    const { body } = await chat('');
    expect(words(expectTruthfulStream(body))).toBe(500);
    await ground.lift(other);
    await ground.owner('PATCH', `/admin/v1/allowances/${allowance}`, { isHard: true });
    await vi.waitUntil(() => !isSoft(), { timeout: 5000, interval: 5 });
  });

  it('costs no more than was set aside, by an allowance of money', async () => {
    const money = await ground.allow({ name: 'purse', metric: 'money', window: 'total', limit: '0.5' });
    const response = await post('/v1/messages', { model: 'claude', max_tokens: MOST, messages: prompt('') });
    await response.text();
    const row = await rowOf(response);
    expectHeld(row);
    await vi.waitFor(async () => expect(await settled(money)).toBeGreaterThan(0), { timeout: 5000 });
    expect(Number(row.cost_picos)).toBeLessThanOrEqual(2_000_000 * (MOST + 300));
    await ground.lift(money);
  });

  it('ends as a completion', async () => {
    const response = await post('/v1/completions', {
      model: 'legacy',
      max_tokens: MOST,
      prompt: prompt('')[0]!.content,
    });
    const events = readEvents(await response.text());
    const chunks = events.slice(0, -1).map(({ data }) => JSON.parse(data) as Completion);
    expect(events.at(-1)?.data).toBe('[DONE]');
    expect(chunks.flatMap(({ choices }) => choices.map((choice) => choice.finish_reason)).filter(Boolean)).toEqual([
      'length',
    ]);
    expect(chunks.at(-1)).toMatchObject({ object: 'text_completion', choices: [{ index: 0, text: '' }] });
    expectHeld(await rowOf(response));
  });

  it.each(['claude', 'chat'])('ends as a message, of the model %s', async (model) => {
    const response = await post('/v1/messages', { model, max_tokens: MOST, messages: prompt('') });
    const body = await response.text();
    const facts = expectTruthfulMessage(body);
    const row = await rowOf(response);
    expect([facts.stopReason, facts.text.split(' ').length]).toEqual(['max_tokens', MOST]);
    expect(facts.usage?.output_tokens).toBe(Number(row.output_tokens));
    expect(body).toContain('"waggle":{"ended_by":"allowance"');
    expectHeld(row);
  });

  it.each(['modern', 'claude'])('ends as a response that is not complete, of the model %s', async (model) => {
    const input = prompt('')[0]!.content;
    const response = await post('/v1/responses', { model, max_output_tokens: MOST, input });
    const events = readEvents(await response.text()).map(({ data }) => JSON.parse(data) as ResponseEvent);
    expect(events.map(({ sequence_number: number }) => number)).toEqual(events.map((_, index) => index));
    const types = events.map(({ type }) => type);
    expect(types.slice(-4)).toEqual([
      'response.output_text.done',
      'response.content_part.done',
      'response.output_item.done',
      'response.incomplete',
    ]);
    const text = events.map(({ type, delta }) => (type === 'response.output_text.delta' ? delta : '')).join('');
    const row = await rowOf(response);
    expect(events.at(-1)!.response).toMatchObject({
      status: 'incomplete',
      model,
      incomplete_details: { reason: 'max_output_tokens' },
      output: [{ type: 'message', content: [{ type: 'output_text', text }] }],
      usage: { output_tokens: Number(row.output_tokens) },
    });
    expect(text.split(' ')).toHaveLength(MOST);
    expectHeld(row);
  });
});

interface Completion {
  readonly choices: readonly { readonly finish_reason: string | null }[];
}

interface ResponseEvent {
  readonly type: string;
  readonly sequence_number: number;
  readonly delta?: string;
  readonly response?: object;
}

const PATH = '/v1/chat/completions';
