import { generateKeyPairSync } from 'node:crypto';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { CLIENT_SECRET } from '../../src/simulator/clouds/identities.js';
import type { CallRecord } from '../../src/simulator/account.js';
import { startSimulator, type Simulator } from '../../src/simulator/simulator.js';
import { LOCAL_TLS } from '../support/local-tls.js';
import { createOwner, createPlace, createProject, sendAs, type Place, type Send } from '../support/principals.js';
import { routeThrough, type Routed } from '../support/route-through.js';
import { startTestApp, type TestApp } from '../support/test-app.js';

interface Tested {
  verdict: string;
  steps: { name: string; verdict: string; detail: string | null }[];
}

const WAIT = { timeout: 10_000, interval: 20 };

describe('credentials that live for a while', () => {
  let gateway: TestApp;
  let simulator: Simulator;
  /** The authority of Entra, which is spoken to over TLS only. */
  let authority: Simulator;
  let root: Place & { send: Send };

  beforeAll(async () => {
    setDefaultCACertificates([...getCACertificates('default'), LOCAL_TLS.cert]);
    simulator = await startSimulator({ apiKey: 'none-but-what-the-desk-gave' });
    authority = await startSimulator({ tls: LOCAL_TLS, desk: simulator.desk });
    vi.stubEnv('AWS_CONTAINER_CREDENTIALS_FULL_URI', `${simulator.url}/cloud/aws/credentials`);
    vi.stubEnv('AWS_REGION', 'eu-north-1');
    vi.stubEnv('IDENTITY_ENDPOINT', `${simulator.url}/cloud/azure/token`);
    vi.stubEnv('IDENTITY_HEADER', 'known-to-the-machine');
    vi.stubEnv('GCE_METADATA_HOST', simulator.url.replace('http://', ''));
    vi.stubEnv('METADATA_SERVER_DETECTION', 'assume-present');
    gateway = await startTestApp({ config: { WAGGLE_CLOUD_IDENTITY: 'aws,azure,google' } });
    root = await createOwner(gateway);
    return async () => {
      await gateway.close();
      await simulator.close();
      await authority.close();
      vi.unstubAllEnvs();
    };
  });
  beforeEach(() => {
    Object.assign(simulator.desk, { isClosed: false, lifetimeSeconds: 3600 });
  });

  const bedrock = () => ({ driver: 'bedrock', baseUrl: simulator.url, credential: { reference: 'identity:aws' } });
  const azure = (app: object = {}) => {
    const known = {
      tenantId: 'contoso',
      clientId: 'gateway',
      clientSecret: CLIENT_SECRET,
      authorityHost: authority.url,
    };
    const value = JSON.stringify({ ...known, ...app });
    return { driver: 'azure-openai', baseUrl: simulator.url, credential: { value } };
  };

  const create = (body: object, send = root.send, query = ''): Promise<Response> =>
    send('POST', `/admin/v1/providers${query}`, { name: `p-${Math.random()}`, ...body });

  const test = async (draft: object): Promise<Tested> => {
    const response = await root.send('POST', '/admin/v1/providers/test', draft);
    expect(response.status).toBe(200);
    return (await response.json()) as Tested;
  };

  const answered = async ({ chat }: Routed): Promise<CallRecord> => {
    await vi.waitFor(async () => expect((await chat()).status).toBe(200), WAIT);
    return simulator.stats.records().findLast(({ method, status }) => method === 'POST' && status === 200)!;
  };

  it("sign Bedrock's calls with the role of the machine, which is asked for once", async () => {
    const routed = await routeThrough(gateway, root.send, bedrock());
    const before = simulator.desk.count;
    const { headers } = await answered(routed);
    expect(headers.authorization).toMatch(/Credential=ASIASIM\d+\/\d{8}\/eu-north-1\/bedrock\/aws4_request/);
    expect(headers['x-amz-security-token']).toMatch(/^session-of-ASIASIM/);
    for (let call = 0; call < 5; call++) await answered(routed);
    expect(simulator.desk.count - before).toBeLessThanOrEqual(1);
  });

  it('are renewed before they end, with calls going on', async () => {
    simulator.desk.lifetimeSeconds = 2;
    const routed = await routeThrough(gateway, root.send, bedrock());
    const keys = new Set<string | undefined>();
    const statuses = new Set<number>();
    await answered(routed);
    await vi.waitFor(async () => {
      statuses.add((await routed.chat()).status);
      keys.add(simulator.stats.records().at(-1)?.headers.authorization?.split('/')[0]);
      expect(keys.size).toBeGreaterThan(3);
    }, WAIT);
    expect([...statuses]).toEqual([200]); // none was refused between two of them
  });

  it('that can not be had make a provider unavailable, with the reason in its status, until they can', async () => {
    simulator.desk.isClosed = true;
    const routed = await routeThrough(gateway, root.send, bedrock());
    const refused = await routed.chat();
    expect(refused.status).toBe(503);
    const status = async () =>
      ((await (await root.send('GET', `/admin/v1/providers/${routed.providerId}`)).json()) as { status: object })
        .status;
    await vi.waitFor(
      async () => expect(await status()).toMatchObject({ state: 'no_credential', detail: expect.any(String) }),
      WAIT,
    );
    simulator.desk.isClosed = false;
    await answered(routed);
  });

  it('come from Entra for the id and secret of an application, and serve all deployments of a resource', async () => {
    const before = simulator.desk.count;
    const routed = await routeThrough(gateway, root.send, azure());
    const { headers, url } = await answered(routed);
    expect(headers).toMatchObject({ authorization: expect.stringMatching(/^Bearer eyJsim\.\d+$/) });
    expect(headers['api-key']).toBeUndefined();
    expect(url).toBe('/openai/deployments/sim-chat/chat/completions?api-version=2024-10-21');
    await answered(routed);
    expect(simulator.desk.count).toBe(before + 1);
  });

  it.each([
    ['azure-openai', 'azure', 'Bearer eyJsim.', ''],
    ['vertex', 'google', 'Bearer ya29.sim', '/v1/projects/p/locations/l'],
  ])('are those of the machine for %s, where its operator wants that', async (driver, cloud, authorization, path) => {
    const provider = { driver, baseUrl: simulator.url + path, credential: { reference: `identity:${cloud}` } };
    const { headers } = await answered(await routeThrough(gateway, root.send, provider));
    expect(headers.authorization?.startsWith(authorization)).toBe(true);
  });

  it('are signed with the key of a service account, which is given as its file has it', async () => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const key = { client_email: 'a@p.iam.gserviceaccount.com', private_key_id: 'k' };
    const value = JSON.stringify({ ...key, private_key: privateKey.export({ type: 'pkcs8', format: 'pem' }) }, null, 2);
    const provider = { driver: 'vertex', baseUrl: `${simulator.url}/v1/projects/p/locations/l`, credential: { value } };
    const { id } = (await (await create(provider)).json()) as { id: string };
    await root.send('POST', `/admin/v1/providers/${id}/test`, {});
    expect(simulator.stats.records().at(-1)?.headers.authorization).toMatch(/^Bearer eyJ[\w-]+\.[\w-]+\.[\w-]+$/);
  });

  it.each(['two words', '{"half": ', 'ümläut', '{}'.repeat(5000)])('are not kept of %j', async (value) => {
    expect((await create({ ...bedrock(), credential: { value } })).status).toBe(400);
  });

  it.each([
    ['a wrong secret', { clientSecret: 'hush-hush' }, 'AADSTS7000215'],
    ['no secret', { clientSecret: undefined }, 'clientSecret'],
    ['an authority in the metadata of a cloud', { authorityHost: 'https://169.254.169.254' }, 'not allowed'],
    ['an authority that is not spoken to safely', { authorityHost: 'http://127.0.0.1:1' }, 'https'],
  ])('are tested: %s is named, and never repeated', async (_, app, words) => {
    const result = await test(azure(app));
    expect(result).toMatchObject({ verdict: 'exchange_failed', steps: [{ name: 'credential' }] });
    expect(result.steps[0]?.detail).toContain(words);
    expect(JSON.stringify(result)).not.toContain('hush-hush');
  });

  it('are tested with a call', async () => {
    const steps = [{ name: 'models' }, { name: 'call' }];
    const draft = { ...bedrock(), upstreamId: 'sim-chat' };
    expect(await test(draft)).toMatchObject({
      verdict: 'ok',
      steps,
      upstreamIds: ['sim-chat', 'us.simulator.sim-chat'],
    });
    expect(await test({ ...azure(), upstreamId: 'sim-chat' })).toMatchObject({ verdict: 'ok', steps });
    simulator.desk.isClosed = true;
    expect(await test(draft)).toMatchObject({ verdict: 'exchange_failed' });
  });

  it('of the machine are for operators of the whole installation, and for drivers of that cloud', async () => {
    const foreign = await sendAs(gateway, 'owner', await createPlace(gateway).then(({ tenantId }) => ({ tenantId })));
    const projectId = await createProject(gateway.database, root.tenantId);
    const inProject = await sendAs(gateway, 'owner', { tenantId: root.tenantId, projectId });
    for (const send of [foreign, inProject]) {
      const refused = await create(bedrock(), send);
      expect([refused.status, await refused.json()]).toMatchObject([403, { code: 'secret.reference_not_allowed' }]);
      expect((await send('POST', '/admin/v1/providers/test', bedrock())).status).toBe(403);
    }
    const elsewhere = { ...bedrock(), driver: 'openai-compatible' };
    const refused = await create(elsewhere);
    expect([refused.status, await refused.json()]).toMatchObject([400, { code: 'provider.invalid_field' }]);
    expect(await test(elsewhere)).toMatchObject({ verdict: 'exchange_failed' });

    const { id } = (await (await create(bedrock())).json()) as { id: string };
    expect((await root.send('PATCH', `/admin/v1/providers/${id}`, { driver: 'openai' })).status).toBe(400);
    const asText = await test({ ...bedrock(), credential: { value: 'identity:aws' } });
    expect(asText).toMatchObject({ verdict: 'auth_failed' });
  });

  it('of the machine are nobody’s unless the configuration lists the cloud', async () => {
    const strict = await startTestApp();
    try {
      const { send } = await createOwner(strict);
      const refused = await create(bedrock(), send);
      expect([refused.status, await refused.json()]).toMatchObject([403, { code: 'provider.identity_not_allowed' }]);
      expect(await formsOf('bedrock', send)).toMatchObject([{}, {}, { kind: 'identity', isAllowed: false }]);
    } finally {
      await strict.close();
    }
  });

  it.each([
    ['bedrock', '', 'aws', ['sim-chat', 'us.simulator.sim-chat']],
    ['azure-openai', '', 'azure', ['sim-deployed']],
    ['vertex', '/v1/projects/p/locations/l', 'google', ['sim-chat']],
  ])('let %s list its models', async (driver, path, cloud, expected) => {
    const provider = { driver, baseUrl: simulator.url + path, credential: { reference: `identity:${cloud}` } };
    const { id } = (await (await create(provider)).json()) as { id: string };
    const response = await root.send('GET', `/admin/v1/providers/${id}/upstream-models`);
    const { items } = (await response.json()) as { items: { upstreamId: string }[] };
    expect(items.map(({ upstreamId }) => upstreamId)).toEqual(expected);
  });

  const formsOf = async (driver: string, send = root.send): Promise<object[] | undefined> => {
    const drivers = (await (await send('GET', '/admin/v1/drivers')).json()) as {
      name: string;
      credentialForms: object[];
    }[];
    return drivers.find(({ name }) => name === driver)?.credentialForms;
  };

  it('are among the forms of their drivers', async () => {
    expect(await formsOf('bedrock')).toMatchObject([
      { kind: 'text', reference: null },
      { kind: 'json', fields: [{ name: 'accessKeyId' }, { name: 'secretAccessKey', isSecret: true }, {}, {}] },
      { kind: 'identity', reference: 'identity:aws', fields: [], isAllowed: true },
    ]);
    expect(await formsOf('azure-openai')).toMatchObject([{}, { kind: 'json' }, {}, { reference: 'identity:azure' }]);
    expect(await formsOf('openai')).toMatchObject([{ kind: 'text' }]);
  });
});
