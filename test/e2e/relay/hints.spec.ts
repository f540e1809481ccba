import { ANSWER } from '../../support/chat-fixtures.js';
import { startRelayGround, type RelayGround } from '../../support/relay-ground.js';

const PATH = '/v1/chat/completions';
const price = (micros: bigint) => [
  { id: 'price', effectiveFrom: 0, tiers: [], buckets: { input: micros, output: 0n } },
];

describe('what callers wish', () => {
  let ground: RelayGround;
  let trusted: string;
  let wild: string;

  beforeAll(async () => {
    ground = await startRelayGround();
    const dear = ground.route({ name: 'dear', model: { name: 'dear', prices: price(9_000_000_000n) } });
    const cheap = ground.route({ name: 'cheap', model: { name: 'cheap', prices: price(1_000_000n) } });
    ground.route({ name: 'both', profile: { targets: [...dear.targets, ...cheap.targets] } });
    trusted = ground.token({ allowsHints: true });
    wild = ground.token({ allowsWildcard: true });
    return () => ground.close();
  });

  const send = (model: string, headers: Record<string, string> = {}, token = trusted): Promise<Response> =>
    ground.post(
      PATH,
      { model, messages: [{ role: 'user', content: 'Hello' }] },
      { headers: authorised(token, headers) },
    );
  const authorised = (token: string, headers: Record<string, string>) => ({
    authorization: `Bearer ${token}`,
    ...headers,
  });
  /** The upstream model that was called. */
  const called = async (answer: Promise<Response>): Promise<string> => {
    const { body } = await ground.upstream.reply(200, ANSWER);
    expect((await answer).status).toBe(200);
    return (JSON.parse(body.toString()) as { model: string }).model;
  };

  it.each([
    [{}, 'upstream-dear'],
    [{ 'x-waggle-mode': 'cheap' }, 'upstream-cheap'],
    [{ 'x-waggle-prefer': 'nobody, cheap' }, 'upstream-cheap'],
    [{ 'x-waggle-max-cost': '0.01' }, 'upstream-cheap'],
    [{ 'x-waggle-max-latency': '60000' }, 'upstream-dear'],
  ])('with %j leads to %s', async (headers, model) => {
    const answer = send('both', headers);
    expect(await called(answer)).toBe(model);
    const { decision } = await ground.row(await answer);
    expect(decision?.features).toMatchObject({ isStreamed: false });
    expect('hints' in (decision?.features ?? {})).toBe(Object.keys(headers).length > 0);
  });

  it('are not heard from a token that may not wish', async () => {
    const plain = ground.token({});
    expect(await called(send('both', { 'x-waggle-mode': 'nonsense', 'x-waggle-prefer': 'cheap' }, plain))).toBe(
      'upstream-dear',
    );
  });

  it.each([
    [{ 'x-waggle-mode': 'best' }, /x-waggle-mode must be one of cheap/],
    [{ 'x-waggle-max-cost': '-1' }, /x-waggle-max-cost must be USD/],
    [{ 'x-waggle-max-latency': '1.5' }, /x-waggle-max-latency must be milliseconds/],
    [{ 'x-waggle-prefer': ',' }, /x-waggle-prefer must be up to/],
  ])('are refused when they make no sense: %j', async (headers, message) => {
    const response = await send('both', headers);
    expect([response.status, await response.json()]).toMatchObject([
      400,
      { error: { code: 'invalid_hint', message: expect.stringMatching(message) as string } },
    ]);
  });

  it('may come in an envelope with the request, which is answered as a chat completion', async () => {
    const request = { messages: [{ role: 'user', content: 'Hello' }], parameters: { temperature: 0.2 } };
    const envelope = {
      model: 'both',
      request,
      policy: { mode: 'cheap' },
      output_format: { type: 'json', max_tokens: 5 },
    };
    const answer = ground.post('/v1/chat', envelope, { headers: authorised(trusted, {}) });
    const json = { role: 'assistant', content: '{"said": "Hello"}' };
    const { body } = await ground.upstream.reply(200, { ...ANSWER, choices: [{ index: 0, message: json }] });
    expect(JSON.parse(body.toString())).toEqual({
      model: 'upstream-cheap',
      messages: request.messages,
      temperature: 0.2,
      response_format: { type: 'json_object' },
      max_tokens: 5,
    });
    const response = await answer;
    expect([response.status, await response.json()]).toMatchObject([200, { object: 'chat.completion', model: 'both' }]);
    const { decision, operation } = await ground.row(response);
    expect([operation, decision]).toMatchObject(['chat', { features: { hints: { mode: 'cheap' } } }]);

    expect((await ground.post('/v1/chat', envelope)).status).toBe(403);
    expect((await ground.post('/v1/chat', { model: 'both', request: { messages: 'Hello' } })).status).toBe(400);
    const plain = ground.post('/v1/chat', { model: 'both', request });
    await ground.upstream.reply(200, ANSWER);
    expect((await plain).status).toBe(200);
  });

  it('in the prompt itself are heard and taken out, in every dialect, for a token that allows that', async () => {
    const directed = ground.token({ allowsDirectives: true });
    const headers = { headers: authorised(directed, {}) };
    const text = '@@waggle prefer=cheap\nHello';
    const sent = async (path: string, body: object) => {
      const answer = ground.post(path, { model: 'both', ...body }, headers);
      const exchange = await ground.upstream.reply(200, ANSWER);
      await answer;
      return JSON.parse(exchange.body.toString()) as { model: string; messages: unknown; input: unknown; n: unknown };
    };
    const chat = await sent(PATH, {
      n: 1,
      messages: [
        { role: 'system', content: text },
        { role: 'user', content: text },
      ],
    });
    expect(chat).toMatchObject({
      model: 'upstream-cheap',
      n: 1,
      messages: [{ content: 'Hello' }, { content: 'Hello' }],
    });
    const parts = await sent(PATH, { messages: [{ role: 'user', content: [{ type: 'text', text }] }] });
    expect(parts).toMatchObject({
      model: 'upstream-cheap',
      messages: [{ content: [{ type: 'text', text: 'Hello' }] }],
    });
    expect(await sent('/v1/responses', { input: text })).toMatchObject({ model: 'upstream-cheap', input: 'Hello' });
    const systemOnly = await sent(PATH, { messages: [{ role: 'system', content: text }] });
    expect(systemOnly).toMatchObject({ model: 'upstream-dear', messages: [{ content: text }] });
  });

  it('in the prompt are nothing but text for every other token', async () => {
    const answer = ground.post(PATH, { model: 'both', messages: [{ role: 'user', content: '@@waggle prefer=cheap' }] });
    const { body } = await ground.upstream.reply(200, ANSWER);
    await answer;
    expect(JSON.parse(body.toString())).toMatchObject({
      model: 'upstream-dear',
      messages: [{ content: '@@waggle prefer=cheap' }],
    });
  });

  it('that nothing can meet get 400 and leave their reasons on record', async () => {
    const response = await send('both', { 'x-waggle-max-cost': '0.000001' });
    expect([response.status, await response.json()]).toMatchObject([400, { error: { code: 'no_fitting_target' } }]);
    const { decision } = await ground.row(response);
    expect(decision).toMatchObject({ candidates: [], rejected: [{ reason: 'max_cost' }, { reason: 'max_cost' }] });
  });

  it('never turn an unknown name into another, unless the token is for the wildcard and there is one', async () => {
    expect((await send('unknown', {}, wild)).status).toBe(404);
    const star = ground.route({ name: '*' });
    expect((await send('unknown', {}, trusted)).status).toBe(404);
    expect(await called(send('unknown', {}, wild))).toBe('upstream-*');
    expect(await called(send('cheap', {}, wild))).toBe('upstream-cheap');
    const bound = ground.token({ allowsWildcard: true, profileIds: new Set(['other']) });
    expect((await send('unknown', {}, bound)).status).toBe(404);
    const { requested_model, profile_id } = await ground.row('unknown');
    expect([requested_model, profile_id]).toEqual(['unknown', null]);
    expect(star.name).toBe('*');
  });
});
