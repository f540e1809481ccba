import { createOwner, createPlace, createProject, sendAs, type Place, type Send } from '../support/principals.js';
import { startTestApp, type TestApp } from '../support/test-app.js';

interface View {
  id: string;
  name: string;
  version: number;
}

describe('admin/v1/projects', () => {
  let gateway: TestApp;
  let root: Place & { send: Send };

  beforeAll(async () => {
    gateway = await startTestApp();
    root = await createOwner(gateway);
    return () => gateway.close();
  });

  const create = async (name: string): Promise<View> => {
    const response = await root.send('POST', '/admin/v1/projects', { name });
    expect(response.status).toBe(201);
    return (await response.json()) as View;
  };

  it('creates a project that captures nothing, and shows it by id and by name', async () => {
    const { id } = await create('search');
    for (const param of [id, 'search']) {
      const response = await root.send('GET', `/admin/v1/projects/${param}`);
      expect(response.headers.get('etag')).toBe('"1"');
      expect(await response.json()).toMatchObject({ id, name: 'search', capture: 'none', captureDays: 7, version: 1 });
    }
  });

  it('refuses a second project with the same name', async () => {
    await create('twice');
    const response = await root.send('POST', '/admin/v1/projects', { name: ' twice ' });
    expect(response.status).toBe(409);
    expect(await response.json()).toMatchObject({ code: 'project.name_taken', details: { name: 'twice' } });
  });

  it('changes only what is sent, and counts the version', async () => {
    const { id } = await create('changing');
    const response = await root.send('PATCH', `/admin/v1/projects/${id}`, { capture: 'full' });
    expect(await response.json()).toMatchObject({ name: 'changing', capture: 'full', captureDays: 7, version: 2 });
    expect(response.headers.get('etag')).toBe('"2"');
  });

  it('refuses a change by someone who saw an older version', async () => {
    const { id } = await create('contended');
    const path = `/admin/v1/projects/${id}`;
    const asFirst = { headers: { 'if-match': '"1"' } };
    expect((await root.send('PATCH', path, { captureDays: 8 }, asFirst)).status).toBe(200);
    expect((await root.send('PATCH', path, { captureDays: 9 }, asFirst)).status).toBe(412);
  });

  it('creates by name once, and changes it the next time', async () => {
    const path = '/admin/v1/projects/by-name/declared';
    expect((await root.send('PUT', path, { captureDays: 30 })).status).toBe(201);
    const second = await root.send('PUT', path, { capture: 'metadata' });
    expect(second.status).toBe(200);
    expect(await second.json()).toMatchObject({ name: 'declared', captureDays: 30, capture: 'metadata' });
  });

  it('creates by name once when many do at the same time, and heeds If-Match', async () => {
    const path = '/admin/v1/projects/by-name/contested';
    const answers = await Promise.all(Array.from({ length: 8 }, () => root.send('PUT', path, { captureDays: 9 })));
    const statuses = answers.map(({ status }) => status).toSorted();
    expect(statuses).toEqual([...Array(7).fill(200), 201]);
    const stale = { headers: { 'if-match': '"99"' } };
    expect((await root.send('PUT', path, { captureDays: 5 }, stale)).status).toBe(412);
  });

  it.each([
    ['an empty name', { name: ' ' }, 'name'],
    ['an unknown capture', { name: 'x', capture: 'some' }, 'capture'],
    ['no days', { name: 'x', captureDays: 0 }, 'captureDays'],
    ['an unknown field', { name: 'x', tenantId: 'y' }, 'tenantId'],
  ])('refuses %s and names the field', async (_, body, path) => {
    const response = await root.send('POST', '/admin/v1/projects', body);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ code: 'request.invalid', details: { issues: [{ path }] } });
  });

  it('lists by name, a page at a time', async () => {
    const other = await createPlace(gateway);
    const send = await sendAs(gateway, 'owner', other);
    for (const name of ['c', 'a', 'b']) await createProject(gateway.database, other.tenantId, name);

    const wide = await sendAs(gateway, 'owner', { tenantId: other.tenantId });
    const first = (await (await wide('GET', '/admin/v1/projects?limit=3')).json()) as Page;
    const second = (await (await wide('GET', `/admin/v1/projects?limit=3&cursor=${first.nextCursor}`)).json()) as Page;
    expect(first.items.map(({ name }) => name)).toEqual(['a', 'b', 'c']);
    expect(second.items.map(({ name }) => name)).toEqual(['default']);
    expect(second.nextCursor).toBeNull();

    const narrow = (await (await send('GET', '/admin/v1/projects')).json()) as Page;
    expect(narrow.items.map(({ name }) => name)).toEqual(['default']);
  });

  it('removes an empty project, and names what is left in another', async () => {
    const empty = await create('empty');
    expect((await root.send('DELETE', `/admin/v1/projects/${empty.id}`)).status).toBe(204);
    expect((await root.send('GET', `/admin/v1/projects/${empty.id}`)).status).toBe(404);

    const used = await create('used');
    await sendAs(gateway, 'viewer', { tenantId: root.tenantId, projectId: used.id });
    const response = await root.send('DELETE', `/admin/v1/projects/${used.id}`);
    expect(response.status).toBe(409);
    expect(await response.json()).toMatchObject({
      code: 'project.in_use',
      details: { dependants: [{ kind: 'admin_key' }] },
    });
  });

  it('lets an admin of one project change it, and neither create nor see another', async () => {
    const mine = await createProject(gateway.database, root.tenantId);
    const other = await createProject(gateway.database, root.tenantId);
    const send = await sendAs(gateway, 'admin', { tenantId: root.tenantId, projectId: mine });

    expect((await send('PATCH', `/admin/v1/projects/${mine}`, { captureDays: 3 })).status).toBe(200);
    expect((await send('PATCH', `/admin/v1/projects/${other}`, { captureDays: 3 })).status).toBe(404);
    expect((await send('GET', `/admin/v1/projects/${other}`)).status).toBe(404);
    expect((await send('DELETE', `/admin/v1/projects/${other}`)).status).toBe(404);
    expect((await send('POST', '/admin/v1/projects', { name: 'mine-too' })).status).toBe(403);
  });

  it('writes an audit entry and announces the change', async () => {
    const { id } = await create('audited');
    const entries = await gateway.database.query(
      `select action, actor_kind, after->>'name' as name from audit_entry where target_id = $1`,
      [id],
    );
    expect(entries).toEqual([{ action: 'project.created', actor_kind: 'admin_key', name: 'audited' }]);
    const changes = await gateway.database.query(`select kind from config_change where entity_id = $1`, [id]);
    expect(changes).toEqual([{ kind: 'project' }]);
  });

  it('refuses NUL, for which the database has no place', async () => {
    expect((await root.send('GET', '/admin/v1/projects?q=%00')).status).toBe(400);
    expect((await root.send('POST', '/admin/v1/projects', { name: 'a\0b' })).status).toBe(400);
  });

  it('asks for a key, and refuses one that was revoked from the next call on', async () => {
    expect((await gateway.send('GET', '/admin/v1/projects')).status).toBe(401);
    const send = await sendAs(gateway, 'viewer', root);
    expect((await send('GET', '/admin/v1/projects')).status).toBe(200);
    await gateway.database.query(`update admin_key set revoked_at = now() where role = 'viewer'`);
    expect((await send('GET', '/admin/v1/projects')).status).toBe(401);
  });
});

interface Page {
  items: View[];
  nextCursor: string | null;
}
