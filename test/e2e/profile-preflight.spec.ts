import { startSimulator, type Simulator } from '../../src/simulator/simulator.js';
import { createOwner, createPlace, sendAs, type Place, type Send } from '../support/principals.js';
import { startTestApp, type TestApp } from '../support/test-app.js';

interface Preflight {
  status: string;
  checks: { check: string; status: string; modelId: string | null; message: string }[];
}

interface Clients {
  baseUrl: string;
  model: string;
  otherNames: string[];
  snippets: { client: string; text: string }[];
}

const KEY = 'sk-simulator-key-0123456789';
const profiles = '/admin/v1/profiles';
const preflight = `${profiles}/preflight?project=default`;

describe('the preflight of a profile', () => {
  let gateway: TestApp;
  let simulator: Simulator;
  let root: Place & { send: Send };

  beforeAll(async () => {
    simulator = await startSimulator({ apiKey: KEY });
    gateway = await startTestApp();
    root = await createOwner(gateway);
    await createProvider('good', { baseUrl: `${simulator.url}/v1`, credential: { value: KEY } });
    await createProvider('wrong-key', { baseUrl: `${simulator.url}/v1`, credential: { value: 'sk-wrong' } });
    await createProvider('nobody', { baseUrl: 'http://127.0.0.1:1024/v1' });
    await createModel('good', 'sim-chat', { price: { buckets: { input: '1', output: '2' } } });
    await createModel('good', 'gone-model');
    await createModel('wrong-key', 'sim-chat');
    await createModel('nobody', 'sim-chat');
    return async () => {
      await gateway.close();
      await simulator.close();
    };
  });

  const json = async <T>(response: Promise<Response> | Response): Promise<T> => (await (await response).json()) as T;
  const post = async (path: string, body: object): Promise<{ id: string }> => {
    const response = await root.send('POST', path, body);
    const view = await json<{ id: string }>(response);
    expect(response.status, JSON.stringify(view)).toBe(201);
    return view;
  };
  const createProvider = (name: string, body: object) =>
    post('/admin/v1/providers', { name, driver: 'openai-compatible', ...body });
  const createModel = (provider: string, upstreamId: string, body: object = {}) =>
    post('/admin/v1/models', { provider, upstreamId, operation: 'chat', ...body });
  const found = ({ checks }: Preflight) =>
    Object.fromEntries(checks.map(({ check, status }) => [check, status] as const));

  it('warns of continuations where streams are never gone on with', async () => {
    const body = { name: 'speech', operation: 'embeddings', targets: [], attempts: { continuations: 1 } };
    const view = await json<Preflight>(root.send('POST', preflight, body));
    expect(view.checks).toContainEqual(expect.objectContaining({ check: 'routing_fits', status: 'warn' }));
    const chat = await json<Preflight>(root.send('POST', preflight, { ...body, operation: 'chat' }));
    expect(found(chat)).not.toHaveProperty('routing_fits');
  });

  it('passes a profile whose model answers, and saves nothing', async () => {
    const response = await root.send('POST', preflight, { name: 'fine', targets: [{ model: 'good/sim-chat' }] });
    expect(response.status).toBe(200);
    const view = await json<Preflight>(response);
    expect(found(view)).toEqual({
      has_targets: 'pass',
      target_enabled: 'pass',
      operation_fits: 'pass',
      price_known: 'pass',
      provider_reachable: 'pass',
      credential_valid: 'pass',
      upstream_model_exists: 'pass',
      test_call: 'pass',
    });
    expect(view.status).toBe('pass');
    expect(await gateway.database.query(`select from profile where name = 'fine'`)).toEqual([]);
    expect(await gateway.database.query(`select from audit_entry where action like 'profile.%'`)).toEqual([]);
  });

  it.each<[string, string, Record<string, string>]>([
    ['a key that is wrong', 'wrong-key/sim-chat', { provider_reachable: 'pass', credential_valid: 'fail' }],
    ['nobody at the address', 'nobody/sim-chat', { provider_reachable: 'fail', credential_valid: 'warn' }],
    ['a model that the provider does not have', 'good/gone-model', { upstream_model_exists: 'fail' }],
  ])('fails on %s', async (_, model, checks) => {
    const view = await json<Preflight>(root.send('POST', preflight, { name: 'bad', targets: [{ model }] }));
    expect(view.status).toBe('fail');
    expect(found(view)).toMatchObject(checks);
    expect(JSON.stringify(view)).not.toContain('sk-wrong');
  });

  it('refuses what saving would refuse', async () => {
    await post(`${profiles}?project=default`, { name: 'there' });
    expect((await root.send('POST', preflight, { name: 'there' })).status).toBe(409);
    expect((await root.send('POST', preflight, { name: 'x', targets: [{ model: 'none' }] })).status).toBe(400);
    expect((await root.send('POST', preflight, { name: 'not ok' })).status).toBe(400);
  });

  it('tries changes of a saved profile and leaves it as it is', async () => {
    const { id } = await post(`${profiles}?project=default`, { name: 'saved', targets: [{ model: 'good/sim-chat' }] });
    const as = await json<Preflight>(root.send('POST', `${profiles}/${id}/preflight`, {}));
    expect(as.status).toBe('pass');
    const changed = await json<Preflight>(
      root.send('POST', `${profiles}/${id}/preflight`, {
        operation: 'embeddings',
        targets: [{ model: 'nobody/sim-chat' }],
      }),
    );
    expect(found(changed)).toMatchObject({ operation_fits: 'fail', provider_reachable: 'fail', price_known: 'warn' });
    expect(await json(root.send('GET', `${profiles}/${id}`))).toMatchObject({ version: 1, operation: 'chat' });
    expect(await json(root.send('GET', `${profiles}/${id}/revisions`))).toMatchObject({ items: [{ number: 1 }] });
  });

  it('is for those who may write, and shows nothing of other tenants', async () => {
    const { id } = await post(`${profiles}?project=default`, { name: 'hidden' });
    const viewer = await sendAs(gateway, 'viewer', root);
    const stranger = await sendAs(gateway, 'owner', await createPlace(gateway));
    expect((await viewer('POST', `${profiles}/${id}/preflight`, {})).status).toBe(403);
    expect((await stranger('POST', `${profiles}/${id}/preflight`, {})).status).toBe(404);
    expect((await stranger('GET', `${profiles}/${id}/clients`)).status).toBe(404);
  });

  it('shows how clients are set up, by an address and a call that work', async () => {
    const { id } = await post(`${profiles}?project=default`, {
      name: 'shown',
      aliases: ['other'],
      targets: [{ model: 'good/sim-chat' }],
    });
    const view = await json<Clients>(root.send('GET', `${profiles}/${id}/clients`));
    expect(view).toMatchObject({ baseUrl: `${gateway.url}/v1`, model: 'shown', otherNames: ['other', 'hive/shown'] });
    expect(view.snippets.map(({ client }) => client)).toEqual([
      'curl',
      'env',
      'openai-python',
      'openai-typescript',
      'anthropic-python',
      'anthropic-typescript',
      'langchain-python',
      'langchain',
      'vercel-ai-sdk',
      'claude-code',
      'codex',
      'opencode',
      'continue',
      'open-webui',
    ]);
    for (const { client, text } of view.snippets) if (client !== 'open-webui') expect(text).toContain('shown');

    const { token } = (await post('/admin/v1/tokens?project=default', { name: 'shown' })) as unknown as {
      token: string;
    };
    const [, address = '', body = ''] = /curl (\S+)[^]*-d '(.*)'/.exec(view.snippets[0]?.text ?? '') ?? [];
    await vi.waitFor(async () => {
      const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
      expect((await fetch(address, { method: 'POST', headers, body })).status).toBe(200);
    });
  });
});
