import { CurrentCredentials } from '../../../src/snapshot/current-credentials.js';
import { CurrentSnapshot } from '../../../src/snapshot/current-snapshot.js';
import { ANSWER, chunk, FIRST, LAST } from '../../support/chat-fixtures.js';
import { startRelayGround, type RelayGround } from '../../support/relay-ground.js';
import { sse } from '../../support/stub-upstream.js';

const PATH = '/v1/chat/completions';
const SHORT = { connectMs: 300, firstByteMs: 300, idleMs: 300, totalMs: 900 };

describe('when an upstream fails', () => {
  let ground: RelayGround;

  beforeAll(async () => {
    ground = await startRelayGround();
    ground.route({ name: 'short', provider: { timeouts: SHORT } });
    return () => ground.close();
  });

  it.each([400, 404, 413, 422])("passes the caller's own mistake %i back as it is", async (status) => {
    const body = { error: { message: 'Bad n.', type: 'invalid_request_error', param: 'n', code: 'bad_n' } };
    const answer = ground.post(PATH, { model: 'm', n: -1 });
    await ground.upstream.reply(status, body, { 'x-internal': 'no', 'openai-organization': 'org' });
    const response = await answer;

    expect(response.status).toBe(status);
    expect(await response.json()).toEqual(body);
    expect(response.headers.has('x-internal')).toBe(false);
    expect(response.headers.has('openai-organization')).toBe(false);
    expect(await ground.row(response)).toMatchObject({ status, outcome: 'caller_error', cost_picos: 0n });
  });

  it.each([
    [401, 502, 'provider_auth_failed', 'auth_failed'],
    [403, 502, 'provider_auth_failed', 'auth_failed'],
    [500, 502, 'upstream_error', 'upstream_error'],
    [503, 502, 'upstream_error', 'overloaded'],
    [302, 502, 'upstream_error', 'upstream_error'],
    [429, 429, 'rate_limit_exceeded', 'rate_limited'],
  ])('answers its %i with %i %s, without a word of its body', async (theirs, ours, code, outcome) => {
    ground.route({ name: `answers-${theirs}` });
    const answer = ground.post(PATH, { model: `answers-${theirs}` });
    const headers = { 'retry-after': '7', location: 'http://127.0.0.1/elsewhere' };
    await ground.upstream.reply(theirs, { error: { message: 'org-secret has no money', code: 'billing' } }, headers);
    const response = await answer;
    const text = await response.text();

    expect(response.status).toBe(ours);
    expect(text).not.toContain('org-secret');
    expect(JSON.parse(text)).toMatchObject({ error: { code, param: null } });
    expect(response.headers.get('retry-after')).toBe(code === 'provider_auth_failed' ? null : '7');
    const { tries, ...row } = await ground.row(response);
    expect(row).toMatchObject({ status: ours, outcome, error_code: code });
    expect(tries).toEqual([expect.objectContaining({ status: theirs, outcome, error_code: 'billing' })]);
  });

  it('moves on while nobody answers the connection, and files each try', async () => {
    ground.route({ name: 'last-one', deadProviders: 2 });
    const answer = ground.post(PATH, { model: 'last-one' });
    await ground.upstream.reply(200, ANSWER);
    const { tries } = await ground.row(await answer);

    expect((await answer).status).toBe(200);
    expect(tries.map(({ number, outcome, status }) => [number, outcome, status])).toEqual([
      [1, 'network', null],
      [2, 'network', null],
      [3, 'ok', 200],
    ]);
  });

  it('asks the only target once more when it broke off, and not a third time', async () => {
    ground.route({ name: 'twice' });
    const before = ground.upstream.calls;
    const answer = ground.post(PATH, { model: 'twice' });
    (await ground.upstream.next()).response.destroy();
    (await ground.upstream.next()).response.destroy();

    expect((await answer).status).toBe(502);
    expect((await answer).headers.get('x-should-retry')).toBe('true');
    expect(ground.upstream.calls).toBe(before + 2);
    const { tries, ...row } = await ground.row(await answer);
    expect(row).toMatchObject({ outcome: 'network', attempts: 2 });
    expect(tries.map(({ kind, error_class }) => [kind, error_class])).toEqual([
      ['first', 'network'],
      ['retry', 'network'],
    ]);
  });

  it('answers 502 when no one can be reached', async () => {
    ground.route({ name: 'dead', provider: { origin: 'http://127.0.0.1:1' } });
    const response = await ground.post(PATH, { model: 'dead' });
    expect(response.status).toBe(502);
    expect(await response.json()).toMatchObject({ error: { code: 'upstream_error', type: 'server_error' } });
  });

  it('answers 504 to an upstream that does not begin to answer', async () => {
    const response = await ground.post(PATH, { model: 'short' });
    const { closed } = await ground.upstream.next();
    expect(response.status).toBe(504);
    await closed;
    expect(await ground.row(response)).toMatchObject({ outcome: 'timeout', error_code: 'upstream_timeout' });
  });

  it('answers 504 to a plain answer that stalls in the middle', async () => {
    const answer = ground.post(PATH, { model: 'short' });
    const { response: upstream, closed } = await ground.upstream.next();
    upstream.writeHead(200, { 'content-type': 'application/json' }).write('{"id":');
    expect((await answer).status).toBe(504);
    await closed;
  });

  it('ends a call that takes longer than is allowed in all, though bytes keep coming', async () => {
    const answer = ground.post(PATH, { model: 'short', stream: true });
    const { response: upstream, closed } = await ground.upstream.begin(FIRST);
    const drip = setInterval(() => upstream.write(sse(chunk({ content: 'x' }))), 50);
    const text = await (await answer).text();
    clearInterval(drip);
    await closed;

    expect(text).toContain('"code":"upstream_timeout"');
    expect(await ground.row('short')).toMatchObject({ outcome: 'timeout', usage_source: 'estimated' });
  });

  it('answers 502 to a plain answer that is cut, and 502 to one that is not JSON', async () => {
    const cut = ground.post(PATH, { model: 'm' });
    for (let attempt = 1; attempt <= 2; attempt++) {
      const { response: upstream } = await ground.upstream.next();
      upstream.writeHead(200, { 'content-type': 'application/json', 'content-length': '100' }).write('{"id":');
      setImmediate(() => upstream.destroy());
    }
    expect((await cut).status).toBe(502);
    expect(await ground.row(await cut)).toMatchObject({ outcome: 'cut', usage_source: 'none' });

    const html = ground.post(PATH, { model: 'm' });
    await ground.upstream.reply(200, '<html>', { 'content-type': 'text/html' });
    expect((await html).status).toBe(502);
    expect((await html).headers.get('content-type')).toContain('application/json');
  });

  it.each([
    ['is cut', (write: (text: string) => void, destroy: () => void) => setTimeout(destroy, 30), 'cut'],
    ['ends before it is complete', (_: unknown, __: unknown, end: () => void) => end(), 'cut'],
    [
      'carries an error',
      (write: (text: string) => void) => write('data: {"error":{"message":"org-secret","code":"x"}}\n\n'),
      'upstream_error',
    ],
  ])('ends a stream that %s with an error that clients raise, never cleanly', async (_, act, outcome) => {
    const answer = ground.post(PATH, { model: 'm', stream: true });
    const { response: upstream } = await ground.upstream.begin(FIRST, chunk({ content: 'Half an' }));
    act(
      (text) => upstream.write(text),
      () => upstream.destroy(),
      () => upstream.end(),
    );
    const response = await answer;
    const events = (await response.text()).trim().split('\n\n');

    expect(response.status).toBe(200);
    expect(events).toHaveLength(3);
    const { error } = JSON.parse(events.at(-1)!.slice('data: '.length)) as { error: object };
    expect(error).toMatchObject({ type: 'server_error', param: null, code: 'upstream_error' });
    expect(events.join()).not.toContain('org-secret');
    expect(events).not.toContain('data: [DONE]');
    const row = await ground.row(response);
    expect(row).toMatchObject({ outcome, usage_source: 'estimated' });
    expect(row.output_tokens).toBeGreaterThan(0);
  });

  it('answers a failing stream that has not begun with JSON and a status', async () => {
    const answer = ground.post(PATH, { model: 'm', stream: true });
    await ground.upstream.reply(500, 'oops');
    await ground.upstream.reply(500, 'oops');
    const response = await answer;
    expect(response.status).toBe(502);
    expect(response.headers.get('content-type')).toBe('application/json');
    expect(await response.json()).toMatchObject({ error: { code: 'upstream_error' } });
  });

  it('does not wait for an upstream that keeps its connection after [DONE]', async () => {
    const answer = ground.post(PATH, { model: 'm', stream: true });
    const { response: upstream } = await ground.upstream.begin(FIRST, LAST);
    upstream.write('data: [DONE]\n\n');
    const text = await (await answer).text();
    expect(text.endsWith('data: [DONE]\n\n')).toBe(true);
    expect(await ground.row('m')).toMatchObject({ outcome: 'ok' });
  });

  it('answers 503 while the vault is locked, and when there is no credential', async () => {
    const profile = ground.route({ name: 'sealed' });
    const { models } = ground.app.get(CurrentSnapshot).get();
    const { providerId } = models.get(profile.targets[0]!.modelId)!;
    const credentials = ground.app.get(CurrentCredentials);

    credentials.set(providerId, 'locked');
    const locked = await ground.post(PATH, { model: 'sealed' });
    credentials.set(providerId, 'missing');
    const missing = await ground.post(PATH, { model: 'sealed' });
    credentials.set(providerId, 'opened');
    const opened = ground.post(PATH, { model: 'sealed' });
    await ground.upstream.reply(200, ANSWER);

    expect(locked.status).toBe(503);
    expect(locked.headers.get('retry-after')).toBe('5');
    expect(await locked.json()).toMatchObject({ error: { code: 'vault_locked' } });
    expect(missing.status).toBe(503);
    expect(await missing.json()).toMatchObject({ error: { code: 'provider_unavailable' } });
    expect((await opened).status).toBe(200);
  });

  it('asks a model that refuses include_usage only once', async () => {
    ground.route({ name: 'fussy' });
    const call = (): Promise<Response> => ground.post(PATH, { model: 'fussy', stream: true });
    const refusal = { error: { message: 'Unknown field stream_options.', code: 'unknown_field' } };

    const first = call();
    const asked = await ground.upstream.reply(400, refusal);
    const again = await ground.upstream.stream(FIRST, LAST);
    const text = await (await first).text();
    const second = call();
    const later = await ground.upstream.stream(FIRST, LAST);

    expect(asked.body.toString()).toContain('include_usage');
    expect(again.body.toString()).not.toContain('include_usage');
    expect(later.body.toString()).not.toContain('include_usage');
    expect(text).toContain('[DONE]');
    expect((await second).status).toBe(200);
    const { tries } = await ground.row(await first);
    expect(tries.map(({ outcome }) => outcome)).toEqual(['caller_error', 'ok']);
  });
});
