import { createOwner, createPlace, createProject, sendAs, type Place, type Send } from '../support/principals.js';
import { startTestApp, type TestApp } from '../support/test-app.js';

const MEMBERS = '/admin/v1/members';

interface View {
  id: string;
  version: number;
  roles: { role: string; projectId: string | null }[];
}

interface PutView extends View {
  readonly status: number;
  readonly oneTimePassword: string | null;
}

describe('admin/v1/members', () => {
  let gateway: TestApp;
  let root: Place & { send: Send };
  let count = 0;

  beforeAll(async () => {
    gateway = await startTestApp();
    root = await createOwner(gateway);
    return () => gateway.close();
  });

  const add = async (roles: object[], send = root.send): Promise<View> => {
    const response = await send('POST', MEMBERS, { email: `member${count++}@example.com`, name: 'M', roles });
    expect(response.status).toBe(201);
    return (await response.json()) as View;
  };

  it('adds a member with a one-time password that is shown once', async () => {
    const body = { email: ' Ada@Example.com ', name: 'Ada', roles: [{ role: 'operator', project: 'default' }] };
    const response = await root.send('POST', MEMBERS, body);
    const { id, oneTimePassword } = (await response.json()) as { id: string; oneTimePassword: string };
    expect(oneTimePassword).toMatch(/^(\w{4}-){3}\w{4}$/);

    const view = await (await root.send('GET', `${MEMBERS}/${id}`)).json();
    expect(view).toMatchObject({
      email: 'ada@example.com',
      mustChangePassword: true,
      roles: [{ role: 'operator', projectId: root.projectId }],
    });
    expect(JSON.stringify(view)).not.toContain(oneTimePassword);
    const audited = await gateway.database.query(`select * from audit_entry where target_id = $1`, [id]);
    expect(JSON.stringify(audited)).not.toMatch(new RegExp(`${oneTimePassword}|argon2`));
  });

  it('refuses an e-mail address that is in use, in any tenant', async () => {
    const other = await sendAs(gateway, 'owner', { tenantId: (await createPlace(gateway)).tenantId });
    const body = { email: 'twice@example.com', name: 'T', roles: [{ role: 'viewer' }] };
    expect((await root.send('POST', MEMBERS, body)).status).toBe(201);
    expect((await other('POST', MEMBERS, body)).status).toBe(409);
  });

  it('refuses two roles in one place, and a project that does not exist', async () => {
    const twice = { email: 'x@example.com', name: 'X', roles: [{ role: 'viewer' }, { role: 'admin' }] };
    expect((await root.send('POST', MEMBERS, twice)).status).toBe(400);
    const nowhere = { ...twice, roles: [{ role: 'viewer', project: 'nowhere' }] };
    expect((await root.send('POST', MEMBERS, nowhere)).status).toBe(404);
  });

  it('lets nobody hand out, change or take away more than they have', async () => {
    const owner = await add([{ role: 'owner' }]);
    const admin = await sendAs(gateway, 'admin', { tenantId: root.tenantId });
    const roles = [{ role: 'owner' }];
    for (const attempt of [
      admin('POST', MEMBERS, { email: 'up@example.com', name: 'U', roles }),
      admin('PATCH', `${MEMBERS}/${owner.id}`, { roles: [{ role: 'viewer' }] }),
      admin('PATCH', `${MEMBERS}/${owner.id}`, { isEnabled: false }),
      admin('POST', `${MEMBERS}/${owner.id}/password`),
      admin('DELETE', `${MEMBERS}/${owner.id}`),
    ]) {
      const response = await attempt;
      expect(response.status).toBe(403);
      expect(await response.json()).toMatchObject({ code: 'member.beyond_caller', details: { role: 'owner' } });
    }
    const lower = await add([{ role: 'viewer' }]);
    expect((await admin('PATCH', `${MEMBERS}/${lower.id}`, { roles })).status).toBe(403);
    expect((await admin('PATCH', `${MEMBERS}/${lower.id}`, { roles: [{ role: 'admin' }] })).status).toBe(200);
  });

  it("lets a project's admin manage roles there, and neither see nor touch those elsewhere", async () => {
    const here = await createProject(gateway.database, root.tenantId);
    const there = await createProject(gateway.database, root.tenantId);
    const admin = await sendAs(gateway, 'admin', { tenantId: root.tenantId, projectId: here });
    const both = await add([
      { role: 'viewer', project: here },
      { role: 'owner', project: there },
    ]);
    const elsewhere = await add([{ role: 'viewer', project: there }]);

    expect((await admin('GET', `${MEMBERS}/${elsewhere.id}`)).status).toBe(404);
    expect(await (await admin('GET', `${MEMBERS}/${both.id}`)).json()).toMatchObject({
      roles: [{ role: 'viewer', projectId: here }],
    });

    const changed = await admin('PATCH', `${MEMBERS}/${both.id}`, { roles: [{ role: 'operator', project: here }] });
    expect(changed.status).toBe(200);
    expect(((await changed.json()) as View).roles).toEqual([{ role: 'operator', projectId: here }]);
    const all = (await (await root.send('GET', `${MEMBERS}/${both.id}`)).json()) as View;
    expect(all.roles).toHaveLength(2);

    const outside = { roles: [{ role: 'viewer', project: there }] };
    expect((await admin('PATCH', `${MEMBERS}/${both.id}`, outside)).status).toBe(404);
    expect((await admin('POST', `${MEMBERS}/${both.id}/password`)).status).toBe(403);
    expect((await admin('DELETE', `${MEMBERS}/${both.id}`)).status).toBe(403);
  });

  it('adds by address once, with a password, and changes the member the next time', async () => {
    const put = async (body: object, email = 'Declared@Example.com'): Promise<PutView> => {
      const response = await root.send('PUT', `${MEMBERS}/by-email/${email}`, body);
      return { ...((await response.json()) as PutView), status: response.status };
    };
    const body = { name: 'D', roles: [{ role: 'viewer' }] };
    const first = await put(body);
    expect(first).toMatchObject({ status: 201, email: 'declared@example.com', isEnabled: true });
    expect(first.oneTimePassword).toMatch(/^(\w{4}-){3}\w{4}$/);
    const second = await put({ name: 'Dee', roles: [{ role: 'operator', project: 'default' }], isEnabled: false });
    expect(second).toMatchObject({ status: 200, id: first.id, name: 'Dee', isEnabled: false, oneTimePassword: null });
    expect(second.roles).toEqual([{ role: 'operator', projectId: root.projectId }]);
    expect(await put({ ...body, isEnabled: false }, 'barred@example.com')).toMatchObject({ isEnabled: false });
    for (const wrong of ['nobody', 'a%20b@example.com']) expect((await put(body, wrong)).status).toBe(400);
    expect((await put({ name: 'No roles' })).status).toBe(400);
  });

  it('adds by address once when many do at the same time, heeds versions, and takes nobody from another tenant', async () => {
    const put = (email: string, init?: RequestInit, send = root.send) =>
      send('PUT', `${MEMBERS}/by-email/${email}`, { name: 'C', roles: [{ role: 'viewer' }] }, init);
    const answers = await Promise.all(Array.from({ length: 4 }, () => put('contested@example.com')));
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 200, 200, 201]);
    const only = { headers: { 'if-none-match': '*' } };
    expect((await put('contested@example.com', only)).status).toBe(412);
    expect((await put('contested@example.com', { headers: { 'if-match': '"99"' } })).status).toBe(412);
    expect((await put('absent@example.com', { headers: { 'if-match': '*' } })).status).toBe(412);
    const other = await sendAs(gateway, 'owner', { tenantId: (await createPlace(gateway)).tenantId });
    const taken = await put('contested@example.com', {}, other);
    expect([taken.status, ((await taken.json()) as { code: string }).code]).toEqual([409, 'member.email_taken']);
  });

  it('keeps the last owner', async () => {
    const { tenantId } = await createPlace(gateway);
    const key = await sendAs(gateway, 'owner', { tenantId });
    await gateway.database.query(`update admin_key set expires_at = now() + interval '1 day' where tenant_id = $1`, [
      tenantId,
    ]);
    const first = await add([{ role: 'owner' }], key);
    const second = await add([{ role: 'owner' }], key);

    const removals = await Promise.all([first, second].map(({ id }) => key('DELETE', `${MEMBERS}/${id}`)));
    expect(removals.map(({ status }) => status).toSorted()).toEqual([204, 409]);
    const left = removals[0]!.status === 409 ? first : second;
    for (const change of [{ isEnabled: false }, { roles: [{ role: 'admin' }] }]) {
      expect((await key('PATCH', `${MEMBERS}/${left.id}`, change)).status).toBe(409);
    }
  });

  it('refuses a change by someone who saw an older version', async () => {
    const { id } = await add([{ role: 'viewer' }]);
    const seen = { headers: { 'if-match': '"1"' } };
    const first = await root.send('PATCH', `${MEMBERS}/${id}`, { roles: [{ role: 'operator' }] }, seen);
    expect(first.headers.get('etag')).toBe('"2"');
    expect((await root.send('PATCH', `${MEMBERS}/${id}`, { name: 'Other' }, seen)).status).toBe(412);
  });

  it('finds members by name or e-mail address, a page at a time', async () => {
    const { tenantId } = await createPlace(gateway);
    const send = await sendAs(gateway, 'owner', { tenantId });
    for (const name of ['Zoe', 'Zack', 'Yan']) {
      await send('POST', MEMBERS, { email: `${name}@zoo.example`, name, roles: [{ role: 'viewer' }] });
    }
    const list = async (query: string) =>
      (await (await send('GET', `${MEMBERS}?${query}`)).json()) as {
        items: { name: string }[];
        nextCursor: string | null;
      };
    const first = await list('limit=2');
    const second = await list(`limit=2&cursor=${first.nextCursor}`);
    expect([...first.items, ...second.items].map(({ name }) => name)).toEqual(['Yan', 'Zack', 'Zoe']);
    expect((await list('q=ZA')).items).toHaveLength(1);
    expect((await list('project=default')).items).toEqual([]);
  });
});
