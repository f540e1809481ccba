import { createOwner, createProject, createPlace, sendAs, type Place, type Send } from '../support/principals.js';
import { startTestApp, type TestApp } from '../support/test-app.js';

interface View {
  id: string;
  projectId: string | null;
  name: string;
  version: number;
}

describe('admin/v1/secrets', () => {
  let gateway: TestApp;
  let root: Place & { send: Send };

  beforeAll(async () => {
    gateway = await startTestApp();
    root = await createOwner(gateway);
    return () => gateway.close();
  });

  const create = async (name: string, query = ''): Promise<View> => {
    const response = await root.send('POST', `/admin/v1/secrets${query}`, { name, value: 'sk-needle' });
    expect(response.status).toBe(201);
    return (await response.json()) as View;
  };

  it('seals a secret and shows all but its value', async () => {
    const { id } = await create('openai');
    const response = await root.send('GET', `/admin/v1/secrets/${id}`);
    expect(response.headers.get('etag')).toBe('"1"');
    const text = await response.text();
    expect(text).not.toContain('needle');
    expect(JSON.parse(text)).toEqual({
      id,
      projectId: null,
      name: 'openai',
      useCount: 0,
      lastUsedAt: null,
      version: 1,
      createdAt: expect.any(String),
      updatedAt: expect.any(String),
    });
  });

  it('seals it once when the call is sent again with the same key', async () => {
    const send = (): Promise<Response> =>
      root.send(
        'POST',
        '/admin/v1/secrets',
        { name: 'once', value: 'sk-needle' },
        { headers: { 'idempotency-key': 'k' } },
      );
    const [first, again] = [await send(), await send()];
    expect([first.status, again.status]).toEqual([201, 201]);
    expect(again.headers.get('idempotency-replayed')).toBe('true');
    expect(await again.json()).toEqual(await first.json());
  });

  it('keeps the value out of errors, too', async () => {
    await create('twice');
    const again = await root.send('POST', '/admin/v1/secrets', { name: 'twice', value: 'sk-needle' });
    expect(again.status).toBe(409);
    const invalid = await root.send('POST', '/admin/v1/secrets', { name: '', value: 'sk-needle', more: 'sk-needle' });
    expect(invalid.status).toBe(400);
    for (const response of [again, invalid]) expect(await response.text()).not.toContain('needle');
  });

  it('has one name in each project, and one in the whole tenant', async () => {
    const projectId = await createProject(gateway.database, root.tenantId, 'search');
    expect((await create('shared')).projectId).toBeNull();
    expect((await create('shared', '?project=search')).projectId).toBe(projectId);
    expect((await create('shared', `?project=${root.projectId}`)).projectId).toBe(root.projectId);
    const response = await root.send('GET', '/admin/v1/secrets?project=search');
    expect(await response.json()).toMatchObject({ items: [{ name: 'shared', projectId }], nextCursor: null });
  });

  it('renames and replaces, unless it was changed in between', async () => {
    const { id } = await create('old name');
    const path = `/admin/v1/secrets/${id}`;
    const renamed = await root.send('PATCH', path, { name: 'new name' }, { headers: { 'if-match': '"1"' } });
    expect(await renamed.json()).toMatchObject({ name: 'new name', version: 2 });
    const late = await root.send('PATCH', path, { value: 'sk-2' }, { headers: { 'if-match': '"1"' } });
    expect(late.status).toBe(412);
    expect((await root.send('PATCH', path, { value: null })).status).toBe(400);
  });

  it('creates by name once, and replaces the value the next time', async () => {
    const path = '/admin/v1/secrets/by-name/declared';
    const first = await root.send('PUT', path, { value: 'sk-1' });
    expect([first.status, first.headers.get('etag')]).toEqual([201, '"1"']);
    const second = await root.send('PUT', path, { value: 'sk-2' });
    expect([second.status, second.headers.get('etag')]).toEqual([200, '"2"']);
    const asFirst = { headers: { 'if-match': '"1"' } };
    expect((await root.send('PUT', path, { value: 'sk-late' }, asFirst)).status).toBe(412);
    const elsewhere = await root.send('PUT', `${path}?project=default`, { value: 'sk-3' });
    expect(elsewhere.status).toBe(201);
    expect((await root.send('PUT', `${path}?project=default&project=other`, { value: 'sk-4' })).status).toBe(400);
  });

  it('pages by name', async () => {
    for (const name of ['page c', 'page a', 'page b']) await create(name);
    const first = (await (await root.send('GET', '/admin/v1/secrets?q=page&limit=2')).json()) as {
      items: View[];
      nextCursor: string;
    };
    expect(first.items.map(({ name }) => name)).toEqual(['page a', 'page b']);
    const next = await root.send('GET', `/admin/v1/secrets?q=page&limit=2&cursor=${first.nextCursor}`);
    expect(await next.json()).toMatchObject({ items: [{ name: 'page c' }], nextCursor: null });
  });

  it('removes one that nothing needs', async () => {
    const { id } = await create('gone');
    expect((await root.send('DELETE', `/admin/v1/secrets/${id}`)).status).toBe(204);
    expect((await root.send('GET', `/admin/v1/secrets/${id}`)).status).toBe(404);
  });

  it('keeps projects and tenants apart', async () => {
    const [mine, theirs] = [
      await create('apart', '?project=default'),
      await create('apart', `?project=${await createProject(gateway.database, root.tenantId)}`),
    ];
    const wide = await create('apart');
    const inProject = await sendAs(gateway, 'admin', root);
    const elsewhere = await sendAs(gateway, 'owner', await createPlace(gateway));
    expect((await inProject('GET', `/admin/v1/secrets/${mine.id}`)).status).toBe(200);
    for (const [send, id] of [
      [inProject, theirs.id],
      [inProject, wide.id],
      [elsewhere, mine.id],
      [elsewhere, wide.id],
    ] as const) {
      expect((await send('GET', `/admin/v1/secrets/${id}`)).status).toBe(404);
      expect((await send('PATCH', `/admin/v1/secrets/${id}`, { value: 'x' })).status).toBe(404);
      expect((await send('DELETE', `/admin/v1/secrets/${id}`)).status).toBe(404);
    }
    const created = await inProject('POST', '/admin/v1/secrets', { name: 'by a project', value: 'x' });
    expect(await created.json()).toMatchObject({ projectId: root.projectId });
  });

  it('needs the permission', async () => {
    const operator = await sendAs(gateway, 'operator', root);
    expect((await operator('GET', '/admin/v1/secrets')).status).toBe(200);
    expect((await operator('POST', '/admin/v1/secrets', { name: 'x', value: 'x' })).status).toBe(403);
    const viewer = await sendAs(gateway, 'viewer', root);
    expect((await viewer('GET', '/admin/v1/secrets')).status).toBe(403);
    expect((await gateway.send('GET', '/admin/v1/secrets')).status).toBe(401);
  });
});

describe('admin/v1/vault', () => {
  let gateway: TestApp;
  let root: Place & { send: Send };

  beforeAll(async () => {
    gateway = await startTestApp({ config: { WAGGLE_VAULT: 'password' } });
    root = await createOwner(gateway);
    return () => gateway.close();
  });

  const vault = async (action: string, body?: object): Promise<{ status: number; answer: object }> => {
    const response = await root.send('POST', `/admin/v1/vault/${action}`, body);
    return { status: response.status, answer: (await response.json()) as object };
  };

  it('goes from empty to unlocked, locked, unlocked and rotated', async () => {
    const shown = await root.send('GET', '/admin/v1/vault');
    expect(await shown.json()).toEqual({
      state: 'empty',
      lockReason: null,
      kind: null,
      keyVersion: null,
      keyCreatedAt: null,
      autoLockSeconds: 0,
    });
    expect(await vault('initialise', { password: 'too short' })).toMatchObject({ status: 400 });
    expect(await vault('initialise', { password: 'correct horse battery' })).toMatchObject({
      status: 200,
      answer: { state: 'unlocked', kind: 'password', keyVersion: 1 },
    });
    expect(await vault('lock')).toMatchObject({ status: 200, answer: { state: 'locked', lockReason: 'locked' } });

    const refused = await root.send('POST', '/admin/v1/secrets', { name: 'late', value: 'x' });
    expect(refused.status).toBe(423);
    expect(await refused.json()).toMatchObject({ code: 'vault.locked' });
    expect((await root.send('GET', '/admin/v1/secrets')).status).toBe(200);

    expect(await vault('unlock', { password: 'wrong horse battery' })).toMatchObject({
      status: 403,
      answer: { code: 'vault.wrong_password' },
    });
    expect(await vault('unlock', { password: 'correct horse battery' })).toMatchObject({
      answer: { state: 'unlocked' },
    });
    const rotation = { password: 'another horse battery', currentPassword: 'correct horse battery' };
    expect(await vault('rotate', rotation)).toMatchObject({ status: 200, answer: { keyVersion: 2 } });
  });

  it('is for owners of the root tenant', async () => {
    const stranger = await sendAs(gateway, 'owner', { tenantId: (await createPlace(gateway)).tenantId });
    const admin = await sendAs(gateway, 'admin', { tenantId: root.tenantId });
    for (const send of [stranger, admin]) {
      expect((await send('POST', '/admin/v1/vault/lock')).status).toBe(403);
      expect((await send('POST', '/admin/v1/vault/unlock', {})).status).toBe(403);
    }
  });
});
