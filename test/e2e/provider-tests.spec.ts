import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Journal } from '../../src/journal/journal.js';
import type { AttemptRecord } from '../../src/journal/ledger-record.js';
import { ProviderOutcomes } from '../../src/providers/provider-outcomes.service.js';
import { startSimulator, type Simulator } from '../../src/simulator/simulator.js';
import { Drain } from '../../src/usage/drain.service.js';
import { ledgerEntry } from '../support/ledger.js';
import { createOwner, createProject, sendAs, type Place, type Send } from '../support/principals.js';
import { startTestApp, type TestApp } from '../support/test-app.js';

interface View {
  id: string;
  status: { state: string; detail: string | null; lastOkAt: string | null };
}

interface Result {
  verdict: string;
  isOk: boolean;
  hint: string | null;
  steps: { name: string; verdict: string; status: number | null; detail: string | null; latencyMs: number }[];
  modelCount: number | null;
  upstreamIds: string[];
}

const KEY = 'sk-simulator-key-0123456789';

describe('testing providers', () => {
  let gateway: TestApp;
  let simulator: Simulator;
  let root: Place & { send: Send };
  const servers: Server[] = [];
  let count = 0;

  beforeAll(async () => {
    simulator = await startSimulator({ apiKey: KEY });
    gateway = await startTestApp();
    root = await createOwner(gateway);
    return async () => {
      await gateway.close();
      await simulator.close();
      for (const server of servers) server.closeAllConnections();
      for (const server of servers) server.close();
    };
  });

  /** An upstream that answers every call alike; returns its base URL. */
  const upstream = async (listener: RequestListener): Promise<string> => {
    const server = createServer(listener);
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
  };

  const answering = (status: number, body: unknown, headers: Record<string, string> = {}): RequestListener => {
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    return (_, response) =>
      void response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(text);
  };

  const create = async (body: object = {}): Promise<View> => {
    const all = { driver: 'openai-compatible', baseUrl: `${simulator.url}/v1`, credential: { value: KEY }, ...body };
    const response = await root.send('POST', '/admin/v1/providers', { name: `p-${++count}`, ...all });
    const view = (await response.json()) as View;
    expect(response.status, JSON.stringify(view)).toBe(201);
    return view;
  };

  const test = async ({ id }: { id: string }, body: object = {}): Promise<Result> => {
    const response = await root.send('POST', `/admin/v1/providers/${id}/test`, body);
    expect(response.status).toBe(200);
    return (await response.json()) as Result;
  };

  const stateOf = async ({ id }: View): Promise<View['status']> =>
    ((await (await root.send('GET', `/admin/v1/providers/${id}`)).json()) as View).status;

  it('lists the models, calls the one that is named, and knows the provider to be active', async () => {
    const provider = await create();
    const result = await test(provider, { upstreamId: 'sim-chat' });

    expect(result).toMatchObject({ verdict: 'ok', isOk: true, hint: null });
    expect(result.steps).toMatchObject([
      { name: 'models', status: 200, latencyMs: expect.any(Number) },
      { name: 'call', status: 200 },
    ]);
    expect(result.modelCount).toBeGreaterThan(0);
    expect(await stateOf(provider)).toMatchObject({ state: 'active', lastOkAt: expect.any(String), detail: null });
  });

  it('calls a model of its own when none is named', async () => {
    const provider = await create();
    await root.send('POST', '/admin/v1/models', {
      provider: provider.id,
      upstreamId: 'sim-embed',
      operation: 'embeddings',
    });
    const before = simulator.stats.totals().byOperation.embeddings ?? 0;
    expect(await test(provider)).toMatchObject({ verdict: 'ok', steps: [{ name: 'models' }, { name: 'call' }] });
    expect(simulator.stats.totals().byOperation.embeddings).toBe(before + 1);
  });

  it('sends the extra headers, and the credential as the driver does', async () => {
    const provider = await create({ extraHeaders: { 'x-team': 'search' } });
    await test(provider);
    expect(simulator.stats.records().at(-1)?.headers).toMatchObject({
      'x-team': 'search',
      authorization: `Bearer ${KEY}`,
    });
  });

  it('tries the other name of a field that is refused', async () => {
    const provider = await create();
    expect(await test(provider, { upstreamId: 'sim-chat?refuse=max_tokens' })).toMatchObject({ verdict: 'ok' });
  });

  it('finds a wrong credential, and never repeats one', async () => {
    const provider = await create({ credential: { value: 'sk-wrong-key-9876543210' } });
    const result = await test(provider);
    expect(result).toMatchObject({ verdict: 'auth_failed', isOk: false, hint: expect.stringContaining('key') });
    expect(await stateOf(provider)).toMatchObject({ state: 'auth_failed' });

    const echo = await upstream((request, response) =>
      answering(401, { error: { message: `Incorrect API key: ${request.headers.authorization}` } })(request, response),
    );
    const echoed = await test(await create({ baseUrl: echo, credential: { value: 'secret.echo' } }));
    expect(echoed.steps[0]?.detail).toBe('Incorrect API key: Bearer •••');
  });

  it.each([
    ['a model that it does not know', 'status=404', 'model_not_found', 'active'],
    ['a limit', 'status=429', 'rate_limited', 'active'],
    ['an account out of credit', 'status=429&code=insufficient_quota', 'rate_limited', 'active'],
    ['a refused call', 'status=422', 'rejected', 'active'],
    ['a model that the key may not use', 'status=403', 'auth_failed', 'auth_failed'],
    ['an error of its own', 'status=500', 'upstream_error', 'unreachable'],
    ['an overload', 'status=503', 'upstream_error', 'unreachable'],
    ['a broken connection', 'hang=reset', 'broken_off', 'unreachable'],
    ['a silent server', 'hang=headers', 'answer_timeout', 'unreachable'],
  ])('finds %s in the call', async (_, directives, verdict, state) => {
    const provider = await create({ timeouts: { firstByteMs: 1200 } });
    const result = await test(provider, { upstreamId: `sim-chat?${directives}` });
    expect(result.steps.at(-1)).toMatchObject({ name: 'call', verdict });
    expect(result).toMatchObject({ verdict, isOk: false, hint: expect.any(String) });
    expect(await stateOf(provider)).toMatchObject({ state });
  });

  it.each<[string, RequestListener, string]>([
    ['a redirect', answering(307, '', { location: 'http://169.254.169.254/' }), 'redirected'],
    ['a web page', answering(200, '<html></html>', { 'content-type': 'text/html' }), 'bad_answer'],
    ['another API', answering(200, { hello: 'world' }), 'bad_answer'],
    ['an unknown path', answering(404, { error: 'no such path' }), 'not_found'],
    ['an endless answer', (_, response) => void response.end(Buffer.alloc(9_000_000, ' ')), 'bad_answer'],
    ['something that is not HTTP', ({ socket }) => void socket.end('SSH-2.0-OpenSSH\r\n'), 'broken_off'],
  ])('finds %s in the list', async (_, listener, verdict) => {
    const provider = await create({ baseUrl: await upstream(listener) });
    expect(await test(provider)).toMatchObject({ verdict, isOk: false, modelCount: null });
    expect(await stateOf(provider)).toMatchObject({ state: 'unreachable' });
  });

  it.each([
    ['a host without an address', 'http://nowhere.invalid/v1', 'name_not_found'],
    ['a closed port', 'http://127.0.0.1:39999/v1', 'refused'],
  ])('finds %s', async (_, baseUrl, verdict) => {
    const provider = await create({ baseUrl });
    expect(await test(provider)).toMatchObject({ verdict, steps: [{ status: null, detail: expect.any(String) }] });
  });

  it('finds TLS where there is none', async () => {
    const provider = await create({ baseUrl: `${simulator.url.replace('http:', 'https:')}/v1` });
    expect(await test(provider)).toMatchObject({ verdict: 'tls_failed' });
  });

  it('lets a call decide about a server that has no list of models', async () => {
    const baseUrl = await upstream((request, response) =>
      (request.method === 'GET' ? answering(404, {}) : answering(200, { choices: [] }))(request, response),
    );
    const provider = await create({ baseUrl });
    expect(await test(provider, { upstreamId: 'any' })).toMatchObject({ verdict: 'ok', modelCount: null });
    expect(await test(provider)).toMatchObject({ verdict: 'not_found' });
  });

  it('refuses at the connection what was allowed when it was saved', async () => {
    const provider = await create();
    for (const address of ['http://169.254.169.254', 'http://10.0.0.1', 'http://[fe80::1]:8000']) {
      await gateway.database.query(`update provider set base_url = $2 where id = $1`, [provider.id, address]);
      expect(await test(provider)).toMatchObject({ verdict: 'egress_denied' });
    }
  });

  it('tells a credential that is missing from one that was never given', async () => {
    const none = await create({ driver: 'openai', credential: null });
    expect(await stateOf(none)).toMatchObject({ state: 'no_credential' });
    expect(await test(none)).toMatchObject({ verdict: 'no_credential', steps: [] });

    const missing = await create({ credential: { reference: 'env:NOT_SET_ANYWHERE' } });
    expect(await test(missing)).toMatchObject({ verdict: 'credential_missing', steps: [] });
    expect(await stateOf(missing)).toMatchObject({ state: 'no_credential' });
  });

  describe('the ledger', () => {
    const attempts = async (...records: Partial<AttemptRecord>[]) => {
      const entries = records.map((record) => ledgerEntry(record));
      for (const entry of entries) await gateway.app.get(Journal).append(entry);
      await gateway.app.get(Drain).drain();
      await gateway.app.get(ProviderOutcomes).flush();
    };

    it.each([
      ['a success', { outcome: 'ok' }, 'active'],
      ["a request that was the caller's fault", { outcome: 'caller_error', status: 400 }, 'active'],
      ['a refused credential', { outcome: 'auth_failed', status: 401 }, 'auth_failed'],
      ['a network that failed', { outcome: 'network', status: null, error_code: 'upstream_error' }, 'unreachable'],
      ['a caller that left', { outcome: 'cancelled', status: null }, 'unknown'],
    ] as const)('tells by %s how the provider is', async (_, record, state) => {
      const provider = await create();
      await attempts({ ...record, provider_id: provider.id });
      expect(await stateOf(provider)).toMatchObject({ state });
    });

    it('tells that a provider works if it did once among failures, and does not go back in time', async () => {
      const provider = await create();
      const at = (ms: number) => new Date(Date.now() + ms).toISOString();
      const of = (outcome: AttemptRecord['outcome'], ms: number) => ({
        outcome,
        started_at: at(ms),
        provider_id: provider.id,
      });
      await attempts(of('ok', -3000), of('upstream_error', -2000));
      expect(await stateOf(provider)).toMatchObject({ state: 'active' });
      await attempts(of('auth_failed', -1000));
      await attempts(of('ok', -9000));
      expect(await stateOf(provider)).toMatchObject({ state: 'auth_failed', detail: 'auth_failed' });
    });
  });

  it('forgets what it saw when the provider becomes another one', async () => {
    const provider = await create({ credential: { value: 'sk-wrong' } });
    await test(provider);
    await root.send('PATCH', `/admin/v1/providers/${provider.id}`, { credential: { value: KEY } });
    expect(await stateOf(provider)).toMatchObject({ state: 'unknown' });
    await root.send('PATCH', `/admin/v1/providers/${provider.id}`, { isEnabled: false });
    expect(await stateOf(provider)).toMatchObject({ state: 'disabled' });
  });

  it('tests what is not saved, and saves nothing', async () => {
    const draft = { driver: 'openai-compatible', baseUrl: `${simulator.url}/v1`, credential: { value: KEY } };
    const countRows = () =>
      gateway.database.query(`select (select count(*) from provider), (select count(*) from secret)`);
    const before = await countRows();

    const good = await root.send('POST', '/admin/v1/providers/test', { ...draft, upstreamId: 'sim-chat' });
    expect(good.status).toBe(200);
    expect(await good.json()).toMatchObject({ verdict: 'ok', steps: [{ name: 'models' }, { name: 'call' }] });
    const bad = await root.send('POST', '/admin/v1/providers/test', { ...draft, credential: { value: 'wrong' } });
    expect(await bad.json()).toMatchObject({ verdict: 'auth_failed' });
    const refused = await root.send('POST', '/admin/v1/providers/test', {
      ...draft,
      baseUrl: 'http://169.254.169.254',
    });
    expect(await refused.json()).toMatchObject({ code: 'provider.invalid_field' });
    expect(await countRows()).toEqual(before);
  });

  it('discovers models, guesses their operation, and marks those that are here', async () => {
    const list = {
      data: [{ id: 'my-llama', owned_by: 'me', max_model_len: 8192 }, { id: 'text-embedding-3' }, { id: 7 }],
    };
    const provider = await create({ baseUrl: await upstream(answering(200, list)) });
    const model = { provider: provider.id, upstreamId: 'my-llama', operation: 'chat' };
    const { id } = (await (await root.send('POST', '/admin/v1/models', model)).json()) as View;

    const response = await root.send('GET', `/admin/v1/providers/${provider.id}/upstream-models`);
    expect(await response.json()).toEqual({
      items: [
        {
          upstreamId: 'my-llama',
          ownedBy: 'me',
          contextWindow: 8192,
          isLoaded: null,
          operation: 'chat',
          modelIds: [id],
        },
        {
          upstreamId: 'text-embedding-3',
          ownedBy: null,
          contextWindow: null,
          isLoaded: null,
          operation: 'embeddings',
          modelIds: [],
        },
      ],
    });
  });

  it("tells which of Ollama's models are loaded", async () => {
    const provider = await create({ driver: 'ollama', baseUrl: simulator.url });
    const response = await root.send('GET', `/admin/v1/providers/${provider.id}/upstream-models`);
    const { items } = (await response.json()) as { items: { upstreamId: string; isLoaded: boolean }[] };
    expect(items.filter(({ isLoaded }) => isLoaded).map(({ upstreamId }) => upstreamId)).toEqual(['sim-chat']);
    expect(items.length).toBeGreaterThan(1);
  });

  it('says why a provider gives no list', async () => {
    const provider = await create({ credential: { value: 'sk-wrong' } });
    const response = await root.send('GET', `/admin/v1/providers/${provider.id}/upstream-models`);
    expect(await response.json()).toMatchObject({
      status: 502,
      code: 'provider.discovery_failed',
      details: { verdict: 'auth_failed' },
    });
  });

  it('is for those who may change the provider', async () => {
    const provider = await create();
    const viewer = await sendAs(gateway, 'viewer', { tenantId: root.tenantId });
    const projectId = await createProject(gateway.database, root.tenantId);
    const inProject = await sendAs(gateway, 'operator', { tenantId: root.tenantId, projectId });
    expect((await viewer('POST', `/admin/v1/providers/${provider.id}/test`, {})).status).toBe(403);
    expect((await inProject('POST', `/admin/v1/providers/${provider.id}/test`, {})).status).toBe(403);
    expect((await root.send('POST', `/admin/v1/providers/${crypto.randomUUID()}/test`, {})).status).toBe(404);
  });
});
