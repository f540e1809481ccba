import { IdentityHousekeeping } from '../../src/identity/housekeeping.service.js';
import { createOwner, sendAs, type Place, type Send } from '../support/principals.js';
import { startTestApp, type TestApp } from '../support/test-app.js';

const KEYS = '/admin/v1/admin-keys';

describe('a create with an Idempotency-Key', () => {
  let gateway: TestApp;
  let root: Place & { send: Send };

  beforeAll(async () => {
    gateway = await startTestApp();
    root = await createOwner(gateway);
    return () => gateway.close();
  });

  const create = (key: string, body: unknown, { send = root.send, path = KEYS } = {}) =>
    send('POST', path, body, { headers: { 'idempotency-key': key } });

  it('gives the first answer again, the shown-once secret included, and creates once', async () => {
    const body = { name: 'once', role: 'viewer' };
    const first = await create('a', body);
    const second = await create('a', body);
    expect([first.status, second.status]).toEqual([201, 201]);
    expect(second.headers.get('idempotency-replayed')).toBe('true');

    const text = await first.text();
    expect(await second.text()).toBe(text);
    const { key } = JSON.parse(text) as { key: string };
    const kept = await gateway.database.query<{ sealed_body: Buffer }>(`select sealed_body from idempotency_key`);
    expect(kept.map(({ sealed_body }) => sealed_body.toString('latin1')).join()).not.toContain(key.slice(0, 20));
    expect(await gateway.database.query(`select 1 from admin_key where name = 'once'`)).toHaveLength(1);
  });

  it('gives the etag again', async () => {
    const create2 = () => create('etag', { name: 'etagged' }, { path: '/admin/v1/projects' });
    expect((await create2()).headers.get('etag')).toBe('"1"');
    expect((await create2()).headers.get('etag')).toBe('"1"');
  });

  it('is refused with another body', async () => {
    await create('b', { name: 'b', role: 'viewer' });
    const response = await create('b', { name: 'b2', role: 'viewer' });
    expect(response.status).toBe(422);
    expect(await response.json()).toMatchObject({ code: 'idempotency.key_reused' });
  });

  it('runs once of twenty that come at the same time', async () => {
    const responses = await Promise.all(Array.from({ length: 20 }, () => create('c', { name: 'c', role: 'viewer' })));
    const statuses = responses.map(({ status }) => status);
    expect(statuses).toContain(201);
    expect(statuses.filter((status) => status !== 201 && status !== 409)).toEqual([]);
    expect(await gateway.database.query(`select 1 from admin_key where name = 'c'`)).toHaveLength(1);
  });

  it('may be tried again after a failure', async () => {
    expect((await create('d', { name: 'd', role: 'viewer', project: 'later' })).status).toBe(404);
    await root.send('POST', '/admin/v1/projects', { name: 'later' });
    expect((await create('d', { name: 'd', role: 'viewer', project: 'later' })).status).toBe(201);
  });

  it('does not mix up callers or routes', async () => {
    const other = await sendAs(gateway, 'owner', { tenantId: root.tenantId });
    expect((await create('e', { name: 'e1', role: 'viewer' })).status).toBe(201);
    expect((await create('e', { name: 'e2', role: 'viewer' }, { send: other })).status).toBe(201);
    expect((await create('e', { name: 'e3' }, { path: '/admin/v1/projects' })).status).toBe(201);
  });

  it('is forgotten after a day', async () => {
    await create('f', { name: 'f', role: 'viewer' });
    await gateway.database.query(`update idempotency_key set created_at = now() - interval '25 hours' where key = 'f'`);
    await gateway.app.get(IdentityHousekeeping).clean();
    expect((await create('f', { name: 'f2', role: 'viewer' })).status).toBe(201);
  });

  it('may be taken over when its process died', async () => {
    await create('g', { name: 'g', role: 'viewer' });
    await gateway.database.query(`update idempotency_key set status = null, sealed_body = null where key = 'g'`);
    expect((await create('g', { name: 'g', role: 'viewer' })).status).toBe(409);
    await gateway.database.query(
      `update idempotency_key set created_at = now() - interval '2 minutes' where key = 'g'`,
    );
    expect(await (await create('g', { name: 'g', role: 'viewer' })).json()).toMatchObject({
      code: 'admin_key.name_taken',
    });
  });
});
