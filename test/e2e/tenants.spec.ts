import { createOwner, createPlace, sendAs, signIn, type Place, type Send } from '../support/principals.js';
import { startTestApp, type TestApp } from '../support/test-app.js';

const TENANTS = '/admin/v1/tenants';

interface View {
  id: string;
  name: string;
  projectId: string;
  oneTimePassword: string;
}

describe('admin/v1/tenants', () => {
  let gateway: TestApp;
  let root: Place & { send: Send };
  let count = 0;

  beforeAll(async () => {
    gateway = await startTestApp();
    root = await createOwner(gateway);
    return () => gateway.close();
  });

  const create = async (name = `tenant${count++}`): Promise<View> => {
    const response = await root.send('POST', TENANTS, { name, owner: { email: `${name}@example.com`, name: 'O' } });
    expect(response.status).toBe(201);
    return (await response.json()) as View;
  };

  it('creates a tenant whose owner can sign in, and reaches nothing of another', async () => {
    const tenant = await create('acme');
    const owner = await signIn(gateway, 'acme@example.com', tenant.oneTimePassword);
    const change = { currentPassword: tenant.oneTimePassword, newPassword: 'correct horse battery staple' };
    await owner('PUT', '/admin/v1/session/password', change);

    const projects = (await (await owner('GET', '/admin/v1/projects')).json()) as { items: View[] };
    expect(projects.items.map(({ id }) => id)).toEqual([tenant.projectId]);
    const tenants = (await (await owner('GET', TENANTS)).json()) as { items: View[] };
    expect(tenants.items.map(({ name }) => name)).toEqual(['acme']);
    expect((await owner('GET', `${TENANTS}/${root.tenantId}`)).status).toBe(404);
    expect((await owner('POST', TENANTS, { name: 'x', owner: { email: 'x@x', name: 'X' } })).status).toBe(403);
  });

  it('is for owners of the root tenant alone', async () => {
    const admin = await sendAs(gateway, 'admin', root);
    const wideAdmin = await sendAs(gateway, 'admin', { tenantId: root.tenantId });
    const body = { name: 'nope', owner: { email: 'nope@example.com', name: 'N' } };
    expect((await admin('POST', TENANTS, body)).status).toBe(403);
    expect((await wideAdmin('POST', TENANTS, body)).status).toBe(403);
    const other = await createPlace(gateway);
    const seen = (await (await wideAdmin('GET', TENANTS)).json()) as { items: View[] };
    expect(seen.items.map(({ id }) => id)).toEqual([root.tenantId]);
    expect((await wideAdmin('GET', `${TENANTS}/${other.tenantId}`)).status).toBe(404);
    expect((await root.send('GET', `${TENANTS}/${other.tenantId}`)).status).toBe(200);
  });

  it('refuses a name that is taken, and leaves nothing behind', async () => {
    const { name } = await create();
    const owner = { email: 'left@example.com', name: 'L' };
    expect((await root.send('POST', TENANTS, { name, owner })).status).toBe(409);
    expect(await gateway.database.query(`select 1 from member where email = 'left@example.com'`)).toEqual([]);
    const { id } = await create();
    const response = await root.send('PATCH', `${TENANTS}/${id}`, { name });
    expect(response.status).toBe(409);
    expect(await response.json()).toMatchObject({ code: 'tenant.name_taken' });
  });

  it('creates by name once, and leaves a tenant that is there as it is', async () => {
    const put = (email: string, init?: RequestInit) =>
      root.send('PUT', `${TENANTS}/by-name/declared`, { owner: { email, name: 'O' } }, init);
    const answers = await Promise.all(Array.from({ length: 4 }, (_, index) => put(`declared${index}@example.com`)));
    const views = (await Promise.all(answers.map((answer) => answer.json()))) as View[];
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 200, 200, 201]);
    expect(new Set(views.map(({ id }) => id)).size).toBe(1);
    expect(views.filter(({ oneTimePassword }) => oneTimePassword !== null)).toHaveLength(1);
    const members = await gateway.database.query(`select from member where tenant_id = $1`, [views[0]!.id]);
    expect(members).toHaveLength(1);

    const later = await put('later@example.com');
    const nothing = { projectId: null, ownerId: null, oneTimePassword: null };
    expect(await later.json()).toMatchObject({ id: views[0]!.id, version: 1, ...nothing });
    expect((await put('x@example.com', { headers: { 'if-none-match': '*' } })).status).toBe(412);
    expect((await root.send('PUT', `${TENANTS}/by-name/without-owner`, {})).status).toBe(400);
    const admin = await sendAs(gateway, 'admin', { tenantId: root.tenantId });
    expect((await admin('PUT', `${TENANTS}/by-name/declared`, {})).status).toBe(403);
  });

  it('renames, with the version that was seen', async () => {
    const { id } = await create();
    const seen = { headers: { 'if-match': '"1"' } };
    const renamed = await root.send('PATCH', `${TENANTS}/${id}`, { name: 'renamed' }, seen);
    expect(await renamed.json()).toMatchObject({ name: 'renamed', version: 2 });
    expect((await root.send('PATCH', `${TENANTS}/${id}`, { name: 'again' }, seen)).status).toBe(412);
  });

  it('removes an empty tenant, notes its audit trail, and names what is left in another', async () => {
    const empty = await create();
    const key = await sendAs(gateway, 'owner', { tenantId: empty.id });
    await key('POST', '/admin/v1/projects', { name: 'second' });
    expect((await root.send('DELETE', `${TENANTS}/${empty.id}`)).status).toBe(204);
    expect((await key('GET', '/admin/v1/me')).status).toBe(401);
    const [noted] = await gateway.database.query<{ head: { sequence: string } }>(
      `select before->'auditHead' as head from audit_entry where action = 'tenant.deleted' and target_id = $1`,
      [empty.id],
    );
    expect(Number(noted!.head.sequence)).toBe(1);

    const used = await create();
    const owner = await sendAs(gateway, 'owner', { tenantId: used.id });
    const secret = { name: 'kept', value: 'sk-kept' };
    expect((await owner('POST', '/admin/v1/secrets?project=default', secret)).status).toBe(201);
    const response = await root.send('DELETE', `${TENANTS}/${used.id}`);
    expect(response.status).toBe(409);
    expect(await response.json()).toMatchObject({
      code: 'tenant.in_use',
      details: { dependants: [{ kind: 'secret', name: 'kept' }] },
    });
    expect((await root.send('DELETE', `${TENANTS}/${root.tenantId}`)).status).toBe(409);
  });
});
