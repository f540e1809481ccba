import { IdentityBootstrap } from '../../src/identity/identity-bootstrap.service.js';
import { sendWith, signIn } from '../support/principals.js';
import { startTestApp } from '../support/test-app.js';

describe(IdentityBootstrap.name, () => {
  it('makes one tenant, project and owner, however many processes start at once', async () => {
    const first = await startTestApp();
    const second = await startTestApp({
      database: first.database,
      config: { WAGGLE_DATA_DIR: first.config.dataDir },
    });
    const results = await Promise.all(
      [first, second, first, second].map(({ app }) => app.get(IdentityBootstrap).ensure()),
    );

    const [made, ...others] = results.toSorted((a, b) => Number(b.created) - Number(a.created));
    expect(others.map(({ created, owner }) => [created, owner])).toEqual(Array(3).fill([false, undefined]));
    expect(new Set(results.map(({ projectId }) => projectId))).toEqual(new Set([made!.projectId]));
    const { email, oneTimePassword } = made!.owner!;
    const send = await signIn(first, email, oneTimePassword);
    expect(await (await send('GET', '/admin/v1/me')).json()).toMatchObject({
      tenantId: made!.tenantId,
      isRootTenant: true,
      roles: [{ role: 'owner', projectId: null }],
    });
    await second.close();
    await first.close();
  });

  it('takes any text of 32 characters as the key of the owner, and stores only its digest', async () => {
    const gateway = await startTestApp();
    const adminKey = 'a-bootstrap-key-of-no-special-form!';
    const made = await gateway.app.get(IdentityBootstrap).ensure({ adminKey });
    expect(made).toMatchObject({ created: true });
    expect(made.owner).toBeUndefined();

    const send = sendWith(gateway, adminKey);
    expect((await send('POST', '/admin/v1/projects', { name: 'first' })).status).toBe(201);
    const stored = await gateway.database.query(`select admin_key, audit_entry from admin_key, audit_entry`);
    expect(JSON.stringify(stored)).not.toContain(adminKey);

    const again = await gateway.app.get(IdentityBootstrap).ensure({ adminKey: `${adminKey}-changed` });
    expect(again).toEqual({ tenantId: made.tenantId, projectId: made.projectId, created: false });
    expect((await sendWith(gateway, `${adminKey}-changed`)('GET', '/admin/v1/me')).status).toBe(401);
    await gateway.close();
  });
});
