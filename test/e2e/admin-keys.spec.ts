import { LastUsed } from '../../src/identity/last-used.service.js';
import { createOwner, createProject, sendAs, sendWith, type Place, type Send } from '../support/principals.js';
import { startTestApp, type TestApp } from '../support/test-app.js';

const KEYS = '/admin/v1/admin-keys';

interface View {
  id: string;
  key: string;
  name: string;
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
