import { LastUsed } from '../../src/identity/last-used.service.js';
import {
  createOwner,
  createPlace,
  createProject,
  sendAs,
  sendWith,
  type Place,
  type Send,
} from '../support/principals.js';
import { startTestApp, type TestApp } from '../support/test-app.js';

const KEYS = '/admin/v1/admin-keys';

interface View {
  id: string;
  key: string;
  name: string;
}

interface PutView extends Omit<View, 'key'> {
  readonly answered: number;
  readonly key: string | null;
  readonly code: string;
  readonly status: string;
  readonly version: number;
}

describe('admin/v1/admin-keys', () => {
  let gateway: TestApp;
  let root: Place & { send: Send };

  beforeAll(async () => {
    gateway = await startTestApp();
    root = await createOwner(gateway);
    return () => gateway.close();
  });

  const issue = async (body: object): Promise<View> => {
    const response = await root.send('POST', KEYS, body);
    expect(response.status).toBe(201);
    return (await response.json()) as View;
  };

  it('issues a key that works and is never shown or stored again', async () => {
    const { id, key } = await issue({ name: 'pipeline', role: 'viewer' });
    expect(key).toMatch(/^wgla_/);
    expect((await sendWith(gateway, key)('GET', '/admin/v1/projects')).status).toBe(200);

    expect(await (await root.send('GET', `${KEYS}/${id}`)).text()).not.toContain(key);
    const stored = await gateway.database.query(`select admin_key, audit_entry from admin_key, audit_entry`);
    expect(JSON.stringify(stored)).not.toContain(key.slice(-49));
  });

  it('refuses a revoked key from its next use on, and keeps it in the list of revoked ones', async () => {
    const { id, key } = await issue({ name: 'leaked', role: 'viewer' });
    const send = sendWith(gateway, key);
    expect((await send('GET', '/admin/v1/me')).status).toBe(200);
    expect((await root.send('DELETE', `${KEYS}/${id}`)).status).toBe(204);
    expect((await send('GET', '/admin/v1/me')).status).toBe(401);
    expect((await root.send('DELETE', `${KEYS}/${id}`)).status).toBe(204);

    const revoked = (await (await root.send('GET', `${KEYS}?status=revoked`)).json()) as { items: View[] };
    expect(revoked.items).toMatchObject([{ id, status: 'revoked' }]);
    expect((await issue({ name: 'leaked', role: 'viewer' })).id).not.toBe(id);
  });

  it('refuses a key past its end, and an end in the past', async () => {
    const { id, key } = await issue({ name: 'short', role: 'viewer', expiresAt: new Date(Date.now() + 60_000) });
    expect((await sendWith(gateway, key)('GET', '/admin/v1/me')).status).toBe(200);
    await gateway.database.query(`update admin_key set expires_at = now() where id = $1`, [id]);
    expect((await sendWith(gateway, key)('GET', '/admin/v1/me')).status).toBe(401);
    expect((await root.send('POST', KEYS, { name: 'p', role: 'viewer', expiresAt: '2020-01-01' })).status).toBe(400);
  });

  it('refuses a second key in use with the same name in the same place', async () => {
    await issue({ name: 'twice', role: 'viewer' });
    expect((await root.send('POST', KEYS, { name: 'twice', role: 'viewer' })).status).toBe(409);
    await issue({ name: 'twice', role: 'viewer', project: 'default' });
  });

  it('lets nobody issue or revoke a key above their own role or outside their project', async () => {
    const mine = await createProject(gateway.database, root.tenantId);
    const admin = await sendAs(gateway, 'admin', { tenantId: root.tenantId, projectId: mine });
    expect((await admin('POST', KEYS, { name: 'a', role: 'owner', project: mine })).status).toBe(403);
    expect((await admin('POST', KEYS, { name: 'a', role: 'viewer' })).status).toBe(403);
    expect((await admin('POST', KEYS, { name: 'a', role: 'viewer', project: 'default' })).status).toBe(404);
    expect((await admin('POST', KEYS, { name: 'a', role: 'admin', project: mine })).status).toBe(201);

    const { id: wide } = await issue({ name: 'wide', role: 'viewer' });
    expect((await admin('DELETE', `${KEYS}/${wide}`)).status).toBe(404);
    const owner = await issue({ name: 'owner-here', role: 'owner', project: mine });
    expect((await admin('DELETE', `${KEYS}/${owner.id}`)).status).toBe(403);
  });

  describe('put by name', () => {
    const put = async (name: string, body: object, send = root.send): Promise<PutView> => {
      const response = await send('PUT', `${KEYS}/by-name/${name}`, body);
      return { ...((await response.json()) as PutView), answered: response.status };
    };

    it('issues a key once, whose text is never shown again, and changes it the next time', async () => {
      const first = await put('nightly', { role: 'viewer' });
      expect([first.answered, first.key]).toEqual([201, expect.stringMatching(/^wgla_/)]);
      const again = await put('nightly', { role: 'viewer' });
      expect(again).toMatchObject({ answered: 200, id: first.id, key: null, version: 1 });
      const expiresAt = new Date(Date.now() + 60_000).toISOString();
      const changed = await put('nightly', { role: 'operator', expiresAt });
      expect(changed).toMatchObject({ answered: 200, key: null, role: 'operator', expiresAt, version: 2 });

      const me = await sendWith(gateway, first.key!)('GET', '/admin/v1/me');
      expect(((await me.json()) as { permissions: string[] }).permissions).toContain('providers:write');
      expect(await put('nightly', { role: 'operator', expiresAt: null })).toMatchObject({ expiresAt: null });
      const actions = await gateway.database.query<{ action: string }>(
        `select action from audit_entry where target_id = $1 order by sequence`,
        [first.id],
      );
      const updated = Array<string>(3).fill('admin_key.updated');
      expect(actions.map(({ action }) => action)).toEqual(['admin_key.issued', ...updated]);
    });

    it('issues one when many ask at the same time, and another one after it was revoked', async () => {
      const answers = await Promise.all(Array.from({ length: 8 }, () => put('contested', { role: 'viewer' })));
      expect(answers.filter(({ key }) => key !== null)).toHaveLength(1);
      expect(new Set(answers.map(({ id }) => id)).size).toBe(1);
      await root.send('DELETE', `${KEYS}/${answers[0]!.id}`);
      expect(await put('contested', { role: 'viewer' })).toMatchObject({ answered: 201, status: 'active' });
    });

    it('has one in each place, and brings back one that had expired, with the text it had', async () => {
      const wide = await put('placed', { role: 'viewer' });
      const narrow = await put('placed?project=default', { role: 'viewer' });
      expect([narrow.answered, narrow.id === wide.id]).toEqual([201, false]);
      await gateway.database.query(`update admin_key set expires_at = now() where id = $1`, [narrow.id]);
      expect(await put('placed?project=default', { role: 'viewer' })).toMatchObject({ key: null, status: 'expired' });
      expect((await put('placed?project=default', { role: 'viewer', expiresAt: null })).status).toBe('active');
      expect((await sendWith(gateway, narrow.key!)('GET', '/admin/v1/me')).status).toBe(200);
    });

    it('gives nobody a role above their own, and takes none away from those above', async () => {
      const { tenantId } = await createPlace(gateway);
      const admin = await sendAs(gateway, 'admin', { tenantId });
      const above = { answered: 403, code: 'member.beyond_caller' };
      expect(await put('climbing', { role: 'owner' }, admin)).toMatchObject(above);
      await put('high', { role: 'owner' }, await sendAs(gateway, 'owner', { tenantId }));
      expect(await put('high', { role: 'viewer' }, admin)).toMatchObject(above);
      expect(await put('no/slash'.replace('/', '%2F'), { role: 'viewer' })).toMatchObject({ code: 'request.invalid' });
      expect(await put('past', { role: 'viewer', expiresAt: '2020-01-01' })).toMatchObject({ answered: 400 });
    });

    it('keeps the last owner', async () => {
      const { tenantId } = await createPlace(gateway);
      const send = await sendAs(gateway, 'owner', { tenantId });
      await gateway.database.query(`update admin_key set name = 'only' where tenant_id = $1`, [tenantId]);
      expect(await put('only', { role: 'admin' }, send)).toMatchObject({ answered: 409, code: 'member.last_owner' });
      const expiresAt = new Date(Date.now() + 60_000);
      expect(await put('only', { role: 'owner', expiresAt }, send)).toMatchObject({ code: 'member.last_owner' });
    });
  });

  it('keeps the last owner', async () => {
    const active = (await (await root.send('GET', KEYS)).json()) as { items: (View & { role: string })[] };
    const owner = active.items.find(({ name, role }) => role === 'owner' && name.startsWith('key-'))!;
    const response = await root.send('DELETE', `${KEYS}/${owner.id}`);
    expect(response.status).toBe(409);
    expect(await response.json()).toMatchObject({ code: 'member.last_owner' });
  });

  it('writes down when a key was used', async () => {
    const { id, key } = await issue({ name: 'used', role: 'viewer' });
    const lastUsedAt = async () =>
      ((await (await root.send('GET', `${KEYS}/${id}`)).json()) as { lastUsedAt: string | null }).lastUsedAt;
    expect(await lastUsedAt()).toBeNull();
    await sendWith(gateway, key)('GET', '/admin/v1/me');
    await gateway.app.get(LastUsed).flush();
    expect(Date.parse((await lastUsedAt())!)).toBeGreaterThan(Date.now() - 60_000);
  });

  it.each([
    ['no header', {}],
    ['another scheme', { authorization: `Basic ${btoa('a:b')}` }],
    ['a key that was never issued', { authorization: `Bearer wgla_${'a'.repeat(16)}_${'b'.repeat(49)}` }],
    ['a text that is too short', { authorization: 'Bearer x' }],
  ])('answers 401 to %s', async (_, headers) => {
    const response = await gateway.send('GET', KEYS, undefined, { headers });
    expect(response.status).toBe(401);
    expect(response.headers.get('www-authenticate')).toMatch(/^Bearer/);
    expect(await response.json()).toMatchObject({ code: 'access.unauthenticated' });
  });
});
