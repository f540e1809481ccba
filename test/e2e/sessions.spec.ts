import { createOwner, signIn, type Place, type Send } from '../support/principals.js';
import { startTestApp, type TestApp } from '../support/test-app.js';

const PASSWORD = 'correct horse battery staple';
const SESSION = '/admin/v1/session';

describe('admin/v1/session', () => {
  let gateway: TestApp;
  let root: Place & { send: Send };
  let count = 0;

  beforeAll(async () => {
    gateway = await startTestApp();
    root = await createOwner(gateway);
    return () => gateway.close();
  });
  beforeEach(() => gateway.database.query('delete from sign_in_attempt'));

  const addMember = async (): Promise<{ id: string; email: string; oneTimePassword: string }> => {
    const body = { email: `m${count++}@example.com`, name: 'M', roles: [{ role: 'admin' }] };
    const response = await root.send('POST', '/admin/v1/members', body);
    expect(response.status).toBe(201);
    return (await response.json()) as { id: string; email: string; oneTimePassword: string };
  };

  const addMemberWithPassword = async (): Promise<{ id: string; email: string; send: Send }> => {
    const { id, email, oneTimePassword } = await addMember();
    const send = await signIn(gateway, email, oneTimePassword);
    const change = { currentPassword: oneTimePassword, newPassword: PASSWORD };
    expect((await send('PUT', `${SESSION}/password`, change)).status).toBe(204);
    return { id, email, send };
  };

  it('opens with a one-time password, which must be changed before anything else', async () => {
    const { email, oneTimePassword } = await addMember();
    const send = await signIn(gateway, email, oneTimePassword);

    expect(await (await send('GET', '/admin/v1/me')).json()).toMatchObject({ name: email, mustChangePassword: true });
    const refused = await send('GET', '/admin/v1/projects');
    expect(refused.status).toBe(403);
    expect(await refused.json()).toMatchObject({ code: 'access.password_must_change' });

    const change = { currentPassword: oneTimePassword, newPassword: PASSWORD };
    expect((await send('PUT', `${SESSION}/password`, change)).status).toBe(204);
    expect((await send('GET', '/admin/v1/projects')).status).toBe(200);
    await expect(signIn(gateway, email, oneTimePassword)).rejects.toThrow('401');
    await expect(signIn(gateway, email, PASSWORD)).resolves.toBeDefined();
  });

  it('sets a cookie that scripts and other sites do not get, and keeps only its digest', async () => {
    const { email, oneTimePassword } = await addMember();
    const response = await gateway.send('POST', SESSION, { email: email.toUpperCase(), password: oneTimePassword });
    const [cookie] = response.headers.getSetCookie();
    expect(cookie).toMatch(/^waggle_session=[\w-]{43}; Path=\/admin; HttpOnly; SameSite=Strict$/);

    const text = cookie!.slice('waggle_session='.length).split(';')[0]!;
    const rows = await gateway.database.query(`select * from session`);
    expect(JSON.stringify(rows)).not.toContain(text);
  });

  it('marks the cookie secure when the public address is https', async () => {
    const secure = await startTestApp({
      database: gateway.database,
      config: { WAGGLE_PUBLIC_URL: 'https://llm.example', WAGGLE_DATA_DIR: gateway.config.dataDir },
    });
    const { email, oneTimePassword } = await addMember();
    const response = await secure.send('POST', SESSION, { email, password: oneTimePassword });
    expect(response.headers.getSetCookie()[0]).toContain('; Secure');
    await secure.close();
  });

  it('believes a proxy about the address and the scheme only if the proxy is trusted', async () => {
    const trusting = await startTestApp({
      database: gateway.database,
      config: { WAGGLE_TRUSTED_PROXIES: '127.0.0.1', WAGGLE_DATA_DIR: gateway.config.dataDir },
    });
    const headers = { 'x-forwarded-for': '203.0.113.7', 'x-forwarded-proto': 'https' };
    const open = async (app: TestApp): Promise<[address: string, isSecure: boolean]> => {
      const { id, email, oneTimePassword } = await addMember();
      const response = await app.send('POST', SESSION, { email, password: oneTimePassword }, { headers });
      const rows = await gateway.database.query<{ address: string }>(
        `select address from session where member_id = $1`,
        [id],
      );
      return [rows[0]!.address, response.headers.getSetCookie()[0]!.includes('Secure')];
    };
    expect(await open(gateway)).toEqual(['127.0.0.1', false]);
    expect(await open(trusting)).toEqual(['203.0.113.7', true]);
    await trusting.close();
  });

  it('refuses a wrong password and an unknown member in the same words', async () => {
    const { email } = await addMember();
    const [wrong, unknown] = await Promise.all(
      [email, 'nobody@example.com'].map((each) => gateway.send('POST', SESSION, { email: each, password: PASSWORD })),
    );
    expect([wrong!.status, unknown!.status]).toEqual([401, 401]);
    expect(await wrong!.text()).toBe(await unknown!.text());
    const refusals = await gateway.database.query(`select 1 from audit_entry where action = 'session.refused'`);
    expect(refusals).not.toEqual([]);
  });

  it('refuses a change by cookie that may come from another site', async () => {
    const { send } = await addMemberWithPassword();
    const crossSite = { headers: { 'x-requested-with': 'x', 'sec-fetch-site': 'cross-site' } };
    const response = await send('POST', '/admin/v1/projects', { name: 'forged' }, crossSite);
    expect(response.status).toBe(403);
    expect(await response.json()).toMatchObject({ code: 'access.cross_site' });

    const { email } = await addMemberWithPassword();
    const opened = await gateway.send('POST', SESSION, { email, password: PASSWORD });
    const headers = { cookie: opened.headers.getSetCookie()[0]!.split(';')[0]! };
    expect((await gateway.send('GET', '/admin/v1/projects', undefined, { headers })).status).toBe(200);
    expect((await gateway.send('POST', '/admin/v1/projects', { name: 'forged' }, { headers })).status).toBe(403);
  });

  it('ends when its member signs out, is disabled, or gets a new password', async () => {
    const signedOut = await addMemberWithPassword();
    expect((await signedOut.send('DELETE', SESSION)).status).toBe(204);
    expect((await signedOut.send('GET', '/admin/v1/me')).status).toBe(401);

    const disabled = await addMemberWithPassword();
    expect((await root.send('PATCH', `/admin/v1/members/${disabled.id}`, { isEnabled: false })).status).toBe(200);
    expect((await disabled.send('GET', '/admin/v1/me')).status).toBe(401);
    await expect(signIn(gateway, disabled.email, PASSWORD)).rejects.toThrow('401');

    const reset = await addMemberWithPassword();
    expect((await root.send('POST', `/admin/v1/members/${reset.id}/password`)).status).toBe(201);
    expect((await reset.send('GET', '/admin/v1/me')).status).toBe(401);
  });

  it.each([
    ['its time is over', `expires_at = now()`],
    ['it was idle too long', `last_used_at = now() - interval '13 hours'`],
  ])('ends when %s', async (_, change) => {
    const { id, send } = await addMemberWithPassword();
    await gateway.database.query(`update session set ${change} where member_id = $1`, [id]);
    expect((await send('GET', '/admin/v1/me')).status).toBe(401);
  });

  it('is listed beside the others of its member, who can end one', async () => {
    const { id, email, send } = await addMemberWithPassword();
    const second = await signIn(gateway, email, PASSWORD);
    const list = (await (await send('GET', '/admin/v1/sessions')).json()) as { id: string; isCurrent: boolean }[];
    expect(list.map(({ isCurrent }) => isCurrent).toSorted()).toEqual([false, true]);

    const other = list.find(({ isCurrent }) => !isCurrent)!;
    expect((await send('DELETE', `/admin/v1/sessions/${other.id}`)).status).toBe(204);
    expect((await second('GET', '/admin/v1/me')).status).toBe(401);

    const stranger = await addMemberWithPassword();
    const [own] = list.filter(({ isCurrent }) => isCurrent);
    expect((await stranger.send('DELETE', `/admin/v1/sessions/${own!.id}`)).status).toBe(404);
    expect(await (await send('GET', SESSION)).json()).toMatchObject({ isCurrent: true, member: { id, name: email } });
  });

  it('pauses after five failures, however many try at once, and does not pause others', async () => {
    const { email } = await addMember();
    const tries = await Promise.all(
      Array.from({ length: 12 }, () => gateway.send('POST', SESSION, { email, password: 'wrong' })),
    );
    const statuses = tries.map(({ status }) => status);
    expect(statuses.filter((status) => status === 401)).toHaveLength(5);
    expect(statuses.filter((status) => status === 429)).toHaveLength(7);
    const throttled = tries.find(({ status }) => status === 429)!;
    expect(Number(throttled.headers.get('retry-after'))).toBeGreaterThan(0);

    const { email: other, oneTimePassword } = await addMember();
    await expect(signIn(gateway, other, oneTimePassword)).resolves.toBeDefined();
  });

  it('pauses a whole IPv6 network, whichever of its addresses are used', async () => {
    const trusting = await startTestApp({
      database: gateway.database,
      config: { WAGGLE_TRUSTED_PROXIES: '127.0.0.1', WAGGLE_DATA_DIR: gateway.config.dataDir },
    });
    const attempt = async (i: number): Promise<number> => {
      const headers = { 'x-forwarded-for': `2001:db8:1:2::${i.toString(16)}` };
      const body = { email: `guess${i}@example.com`, password: 'wrong' };
      return (await trusting.send('POST', SESSION, body, { headers })).status;
    };
    const statuses: number[] = [];
    for (let i = 0; i < 24; i++) statuses.push(await attempt(i));
    expect(statuses.slice(0, 20)).toEqual(Array(20).fill(401));
    expect(statuses.at(-1)).toBe(429);
    await trusting.close();
  });

  it('has no place for an admin key', async () => {
    expect((await root.send('GET', SESSION)).status).toBe(403);
    expect(await (await root.send('GET', '/admin/v1/me')).json()).toMatchObject({
      kind: 'admin_key',
      roles: [{ role: 'owner', projectId: null }],
    });
  });
});
