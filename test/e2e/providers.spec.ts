import { createOwner, createPlace, createProject, sendAs, type Place, type Send } from '../support/principals.js';
import { startTestApp, type TestApp } from '../support/test-app.js';

interface View {
  id: string;
  name: string;
  version: number;
  credential: { kind: string; secretId: string | null };
  status: { state: string };
}

const local = { driver: 'openai-compatible', baseUrl: 'http://127.0.0.1:11434/v1' };

describe('admin/v1/providers', () => {
  let gateway: TestApp;
  let root: Place & { send: Send };

  beforeAll(async () => {
    gateway = await startTestApp();
    root = await createOwner(gateway);
    return () => gateway.close();
  });

  const create = async (body: object, send: Send = root.send): Promise<View> => {
    const response = await send('POST', '/admin/v1/providers', { ...local, ...body });
    const view = (await response.json()) as View;
    expect(response.status, JSON.stringify(view)).toBe(201);
    return view;
  };

  it('creates a provider with defaults, and shows it', async () => {
    const { id } = await create({ name: 'ollama', baseUrl: ' HTTP://127.1:11434/v1/ ' });
    const response = await root.send('GET', `/admin/v1/providers/${id}`);

    expect(response.headers.get('etag')).toBe('"1"');
    expect(await response.json()).toMatchObject({
      name: 'ollama',
      projectId: null,
      baseUrl: 'http://127.0.0.1:11434/v1',
      credential: { kind: 'none', secretId: null, reference: null },
      timeouts: { connectMs: 5000, firstByteMs: 120_000, idleMs: 60_000, totalMs: 600_000 },
      isEnabled: true,
      source: 'managed',
      origin: null,
      status: { state: 'unknown', checkedAt: null },
    });
  });

  it('seals a credential in the vault and never shows it', async () => {
    const view = await create({ name: 'sealed', credential: { value: 'sk-very-secret-value' } });
    expect(view.credential).toMatchObject({ kind: 'secret', secretId: expect.any(String) });
    const everywhere = await gateway.database.query<{ text: string }>(
      `select (select string_agg(p::text, ' ') from provider p) || (select string_agg(a::text, ' ') from audit_entry a) as text`,
    );
    expect(JSON.stringify([view, everywhere])).not.toContain('sk-very-secret-value');
  });

  it('removes the secret that was made for it when the credential is taken away, or the provider', async () => {
    const secretExists = async (id: string | null) =>
      (await gateway.database.query(`select 1 from secret where id = $1`, [id])).length > 0;
    const first = await create({ name: 'owner-1', credential: { value: 'sk-1' } });
    const second = await create({ name: 'owner-2', credential: { value: 'sk-2' } });
    expect(await secretExists(first.credential.secretId)).toBe(true);

    const cleared = await root.send('PATCH', `/admin/v1/providers/${first.id}`, { credential: null });
    expect(await cleared.json()).toMatchObject({ credential: { kind: 'none' }, version: 2 });
    expect((await root.send('DELETE', `/admin/v1/providers/${second.id}`)).status).toBe(204);

    expect(await secretExists(first.credential.secretId)).toBe(false);
    expect(await secretExists(second.credential.secretId)).toBe(false);
  });

  it('keeps the secret and counts the version when only its value is replaced', async () => {
    const before = await create({ name: 'rotating', credential: { value: 'sk-1' } });
    const response = await root.send('PATCH', `/admin/v1/providers/${before.id}`, { credential: { value: 'sk-2' } });
    expect(await response.json()).toMatchObject({ credential: before.credential, version: 2 });
  });

  it('takes a secret that is in the vault, and leaves it there', async () => {
    const { credential, id } = await create({ name: 'lender', credential: { value: 'sk-lent' } });
    const borrower = await create({ name: 'borrower', credential: { secretId: credential.secretId } });
    expect((await root.send('DELETE', `/admin/v1/providers/${borrower.id}`)).status).toBe(204);
    expect(await (await root.send('GET', `/admin/v1/providers/${id}`)).json()).toMatchObject({ credential });
  });

  it('lets nobody send a secret elsewhere who could not write it', async () => {
    const { credential, id } = await create({ name: 'guarded', credential: { value: 'sk-guarded' } });
    const { secretId } = credential;
    const operator = await sendAs(gateway, 'operator', { tenantId: root.tenantId });
    const elsewhere = 'http://127.0.0.1:4711/v1';
    const refused = await Promise.all([
      operator('POST', '/admin/v1/providers', { ...local, name: 'thief', credential: { secretId } }),
      operator('POST', '/admin/v1/providers/test', { ...local, baseUrl: elsewhere, credential: { secretId } }),
      operator('PUT', '/admin/v1/providers/by-name/thief', { ...local, credential: { secretId } }),
    ]);
    for (const response of refused) {
      expect(response.status).toBe(403);
      expect(await response.json()).toMatchObject({ code: 'access.forbidden' });
    }
    const shared = await create({ name: 'shared', credential: { secretId } });
    const moved = await operator('PATCH', `/admin/v1/providers/${shared.id}`, {
      baseUrl: elsewhere,
      credential: { secretId },
    });
    expect(moved.status).toBe(403);
    const same = await operator('PATCH', `/admin/v1/providers/${shared.id}`, { credential: { secretId } });
    expect(same.status).toBe(200);
    const own = await operator('PATCH', `/admin/v1/providers/${id}`, { credential: { value: 'sk-new' } });
    expect(own.status).toBe(200);
  });

  it('keeps a secret from being removed under it', async () => {
    const { id, credential } = await create({ name: 'depends', credential: { value: 'sk-needed' } });
    const response = await root.send('DELETE', `/admin/v1/secrets/${credential.secretId}`);
    expect(response.status).toBe(409);
    expect(await response.json()).toMatchObject({
      code: 'secret.in_use',
      details: { dependants: [{ kind: 'provider', id, name: 'depends' }] },
    });
  });

  it('refuses a second provider with the same name, in the same place only', async () => {
    await create({ name: 'twice' });
    const response = await root.send('POST', '/admin/v1/providers', { ...local, name: 'twice' });
    expect(response.status).toBe(409);
    expect(await response.json()).toMatchObject({ code: 'provider.name_taken', details: { name: 'twice' } });

    const inProject = await root.send('POST', '/admin/v1/providers?project=default', { ...local, name: 'twice' });
    expect(inProject.status).toBe(201);
    expect(await inProject.json()).toMatchObject({ projectId: root.projectId });
  });

  it.each([
    ['a name with spaces', { name: 'a b' }, 'name'],
    ['an unknown driver', { driver: 'other' }, 'driver'],
    ['an address without a scheme', { baseUrl: 'api.openai.com/v1' }, 'baseUrl'],
    ['a metadata address', { baseUrl: 'http://169.254.169.254/latest' }, 'baseUrl'],
    ['a private address that is not allowed', { baseUrl: 'http://10.1.2.3/v1' }, 'baseUrl'],
    ['an address with a password', { baseUrl: 'http://a:b@127.0.0.1/v1' }, 'baseUrl'],
    ['two credentials', { credential: { value: 'a', reference: 'env:A' } }, 'credential'],
    ['no credential in the credential', { credential: {} }, 'credential'],
    ['a credential with a line break', { credential: { value: 'a\nb' } }, 'credential.value'],
    [
      'a reference to the gateway itself',
      { credential: { reference: 'env:WAGGLE_MASTER_KEY' } },
      'credential.reference',
    ],
    ['a header the gateway sets', { extraHeaders: { Authorization: 'x' } }, 'extraHeaders'],
    ['a header that splits', { extraHeaders: { 'x-a': 'b\r\nc: d' } }, 'extraHeaders'],
    ['a hop-by-hop header', { extraHeaders: { 'Transfer-Encoding': 'chunked' } }, 'extraHeaders'],
    ['a timeout of nothing', { timeouts: { connectMs: 0 } }, 'timeouts.connectMs'],
    ['an unknown field', { colour: 'red' }, 'colour'],
  ])('refuses %s and names the field', async (_, body, path) => {
    const response = await root.send('POST', '/admin/v1/providers', { name: 'wrong', ...local, ...body });
    const answer = (await response.json()) as { details: { issues: { path: string }[] } };
    expect(response.status).toBe(400);
    expect(answer.details.issues.map((issue) => issue.path)).toContain(path);
  });

  it('masks header values that look like secrets, and keeps them when the mask comes back', async () => {
    const extraHeaders = { 'X-Api-Key': 'k-123', 'x-team': 'search' };
    const { id, ...view } = (await create({ name: 'headers', extraHeaders })) as View & { extraHeaders: object };
    expect(view.extraHeaders).toEqual({ 'x-api-key': '••••••••', 'x-team': 'search' });

    await root.send('PATCH', `/admin/v1/providers/${id}`, { extraHeaders: { ...view.extraHeaders, 'x-team': 'ads' } });
    const [row] = await gateway.database.query(`select extra_headers from provider where id = $1`, [id]);
    expect(row).toEqual({ extra_headers: { 'x-api-key': 'k-123', 'x-team': 'ads' } });
  });

  describe('when the address changes', () => {
    const elsewhere = 'http://127.0.0.1:11999/v1';
    const move = async (id: string, body: object = {}): Promise<[number, unknown]> => {
      const response = await root.send('PATCH', `/admin/v1/providers/${id}`, { baseUrl: elsewhere, ...body });
      return [response.status, await response.json()];
    };
    const refusal = (...fields: string[]) => [
      400,
      expect.objectContaining({ code: 'provider.credential_needed', details: { fields } }),
    ];
    const moved = [200, expect.objectContaining({ baseUrl: elsewhere })];

    it('wants a sealed value again, not the id of what was sealed', async () => {
      const { id, credential } = await create({ name: 'moving-value', credential: { value: 'sk-mine' } });
      expect(await move(id)).toEqual(refusal('credential'));
      expect(await move(id, { baseUrl: 'https://127.0.0.1:11434/v1' })).toEqual(refusal('credential'));
      expect(await move(id, { credential: { secretId: credential.secretId } })).toEqual(refusal('credential'));
      const byName = '/admin/v1/providers/by-name/moving-value';
      expect((await root.send('PUT', byName, { ...local, baseUrl: elsewhere })).status).toBe(400);
      expect(await (await root.send('GET', `/admin/v1/providers/${id}`)).json()).toMatchObject({
        version: 1,
        credential,
      });

      const [status] = await move(id, { baseUrl: 'http://127.0.0.1:11434/v2' });
      expect(status).toBe(200);
      expect(await move(id, { credential: { value: 'sk-mine' } })).toEqual(moved);
    });

    it('lets it go without a credential', async () => {
      const { id } = await create({ name: 'moving-bare', credential: { value: 'sk-mine' } });
      expect(await move(id, { credential: null })).toEqual(moved);
    });

    it('wants a secret of the vault or a reference to be named again', async () => {
      const { credential } = await create({ name: 'vaulted', credential: { value: 'sk-lent' } });
      for (const [name, choice] of [
        ['moving-secret', { secretId: credential.secretId }],
        ['moving-reference', { reference: 'env:SOME_KEY' }],
      ] as const) {
        const { id } = await create({ name, credential: choice });
        expect(await move(id)).toEqual(refusal('credential'));
        expect(await move(id, { credential: choice })).toEqual(moved);
      }
    });

    it('wants masked header values again', async () => {
      const extraHeaders = { 'X-Api-Key': 'k-123', 'x-team': 'search' };
      const { id } = await create({ name: 'moving-headers', extraHeaders });
      expect(await move(id)).toEqual(refusal('extraHeaders.x-api-key'));
      expect(await move(id, { extraHeaders: { 'X-API-key': '••••••••' } })).toEqual(refusal('extraHeaders.x-api-key'));
      expect(await move(id, { extraHeaders })).toEqual(moved);
    });
  });

  it('changes only what is sent, and refuses a change by someone who saw an older version', async () => {
    const { id } = await create({ name: 'changing', timeouts: { idleMs: 1000 } });
    const path = `/admin/v1/providers/${id}`;
    const asFirst = { headers: { 'if-match': '"1"' } };

    const first = await root.send('PATCH', path, { timeouts: { totalMs: 5000 } }, asFirst);
    expect(await first.json()).toMatchObject({ timeouts: { idleMs: 1000, totalMs: 5000 }, version: 2 });
    expect((await root.send('PATCH', path, { isEnabled: false }, asFirst)).status).toBe(412);
    expect((await root.send('PATCH', path, { name: null })).status).toBe(400);
    expect((await root.send('DELETE', path, undefined, asFirst)).status).toBe(412);
  });

  it('runs a create that is sent again only once', async () => {
    const sendAgain = { headers: { 'idempotency-key': 'create-repeated' } };
    const send = () => root.send('POST', '/admin/v1/providers', { ...local, name: 'repeated' }, sendAgain);
    const [first, second] = [await (await send()).json(), await (await send()).json()];
    expect(second).toEqual(first);
    expect(second).toMatchObject({ name: 'repeated' });
  });

  it('creates by name once, and changes it the next time', async () => {
    const path = '/admin/v1/providers/by-name/declared';
    const first = await root.send('PUT', path, { ...local, isEnabled: false });
    expect(first.status).toBe(201);
    const second = await root.send('PUT', path, { ...local, baseUrl: 'http://127.0.0.1:11435/v1' });
    expect(second.status).toBe(200);
    expect(await second.json()).toMatchObject({ baseUrl: 'http://127.0.0.1:11435/v1', isEnabled: false, version: 2 });
    expect((await root.send('PUT', '/admin/v1/providers/by-name/a%20b', local)).status).toBe(400);
  });

  it('is not removed while models use it, and names them', async () => {
    const { id } = await create({ name: 'needed' });
    const model = { provider: 'needed', upstreamId: 'llama3', operation: 'chat' };
    expect((await root.send('POST', '/admin/v1/models', model)).status).toBe(201);

    const response = await root.send('DELETE', `/admin/v1/providers/${id}`);
    expect(response.status).toBe(409);
    expect(await response.json()).toMatchObject({
      code: 'provider.in_use',
      details: { dependants: [{ kind: 'model', name: 'llama3' }] },
    });
  });

  it('answers 404 for one that does not exist, and 400 for an id that is none', async () => {
    const response = await root.send('GET', `/admin/v1/providers/${crypto.randomUUID()}`);
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({ code: 'provider.not_found' });
    expect((await root.send('GET', '/admin/v1/providers/7')).status).toBe(400);
  });

  it('lists by name, a page at a time', async () => {
    const other = await createPlace(gateway);
    const send = await sendAs(gateway, 'owner', other);
    const names = ['alpha', 'beta', 'gamma'];
    for (const name of names.toReversed()) await create({ name }, send);

    const seen: string[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const from = cursor && `&cursor=${cursor}`;
      const page = await send('GET', `/admin/v1/providers?limit=2${from}`);
      const { items, nextCursor } = (await page.json()) as { items: View[]; nextCursor: string | null };
      seen.push(...items.map(({ name }) => name));
      cursor = nextCursor;
    }
    expect(seen).toEqual(names);
    expect(await (await send('GET', '/admin/v1/providers?q=ET')).json()).toMatchObject({ items: [{ name: 'beta' }] });
  });

  it('lets a viewer read, and nothing more', async () => {
    const { id } = await create({ name: 'looked-at' });
    const viewer = await sendAs(gateway, 'viewer', { tenantId: root.tenantId });
    expect((await viewer('GET', `/admin/v1/providers/${id}`)).status).toBe(200);
    expect((await viewer('POST', '/admin/v1/providers', { ...local, name: 'no' })).status).toBe(403);
    expect((await gateway.send('GET', '/admin/v1/providers')).status).toBe(401);
  });

  it("shows a project the tenant's providers and its own, and lets it change only its own", async () => {
    const otherProject = await createProject(gateway.database, root.tenantId, 'other');
    const send = await sendAs(gateway, 'operator', { tenantId: root.tenantId, projectId: otherProject });
    const wide = await create({ name: 'wide' });
    const foreign = await root.send('POST', '/admin/v1/providers?project=default', { ...local, name: 'foreign' });
    const { id: foreignId } = (await foreign.json()) as View;
    const own = await create({ name: 'own' }, send);

    expect(own).toMatchObject({ projectId: otherProject });
    expect((await send('GET', `/admin/v1/providers/${wide.id}`)).status).toBe(200);
    expect((await send('PATCH', `/admin/v1/providers/${wide.id}`, { isEnabled: false })).status).toBe(403);
    for (const method of ['GET', 'PATCH', 'DELETE']) {
      const body = method === 'PATCH' ? { isEnabled: false } : undefined;
      expect((await send(method, `/admin/v1/providers/${foreignId}`, body)).status, method).toBe(404);
    }
    const byName = await send('PUT', '/admin/v1/providers/by-name/x?project=default', local);
    expect(byName.status).toBe(404);
    const { items } = (await (await send('GET', '/admin/v1/providers?q=fore')).json()) as { items: View[] };
    expect(items).toEqual([]);
  });

  it('lets nobody but the operators of the installation refer to its environment', async () => {
    const place = await createPlace(gateway);
    const reference = { ...local, name: 'refers', credential: { reference: 'env:SOME_KEY' } };
    const foreign = await sendAs(gateway, 'owner', { tenantId: place.tenantId });
    const inProject = await sendAs(gateway, 'admin', root);
    expect((await foreign('POST', '/admin/v1/providers', reference)).status).toBe(403);
    expect((await inProject('POST', '/admin/v1/providers', reference)).status).toBe(403);
    const response = await root.send('POST', '/admin/v1/providers', reference);
    expect(await response.json()).toMatchObject({ credential: { kind: 'reference', reference: 'env:SOME_KEY' } });
  });

  it("does not take another tenant's secret", async () => {
    const { credential } = await create({ name: 'has-secret', credential: { value: 'sk-x' } });
    const send = await sendAs(gateway, 'owner', await createPlace(gateway));
    const body = { ...local, name: 'thief', credential: { secretId: credential.secretId } };
    expect((await send('POST', '/admin/v1/providers', body)).status).toBe(404);
  });

  it('offers drivers with their credential forms, and presets', async () => {
    const drivers = await (await root.send('GET', '/admin/v1/drivers')).json();
    expect(drivers).toContainEqual(expect.objectContaining({ name: 'openai', allowsNoCredential: false }));
    const presets = (await (await root.send('GET', '/admin/v1/drivers/presets')).json()) as { id: string }[];
    expect(presets.map(({ id }) => id)).toEqual(expect.arrayContaining(['openai', 'groq', 'ollama', 'vllm']));
  });

  it('writes an audit entry without secrets, and a change for the data plane', async () => {
    const { id } = await create({ name: 'audited', extraHeaders: { 'x-token': 'hush-hush' } });
    const [entry] = await gateway.database.query(`select action, after::text from audit_entry where target_id = $1`, [
      id,
    ]);
    expect(entry).toMatchObject({ action: 'provider.created', after: expect.stringContaining('"name": "audited"') });
    expect(JSON.stringify(entry)).not.toContain('hush-hush');
    expect(await gateway.database.query(`select 1 from config_change where entity_id = $1`, [id])).toHaveLength(1);
  });
});
