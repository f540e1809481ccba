import fc from 'fast-check';
import { Writes } from '../../src/audit/writes.service.js';
import { systemAccess } from '../../src/common/http/access.js';
import { createOwner, createPlace, sendAs, type Place, type Send } from '../support/principals.js';
import { startTestApp, type TestApp } from '../support/test-app.js';
import { runs } from '../support/runs.js';

const AUDIT = '/admin/v1/audit';

interface Entry {
  id: string;
  sequence: number;
  action: string;
  hash: string;
  target: { id: string; label: string };
}

interface Page {
  items: Entry[];
  nextCursor: string | null;
}

interface Verdict {
  isIntact: boolean;
  verified: number;
  head: { sequence: number; hash: string };
  break: { sequence: number; reason: string } | null;
}

describe('admin/v1/audit', () => {
  let gateway: TestApp;

  beforeAll(async () => {
    gateway = await startTestApp();
    return () => gateway.close();
  });

  /** A tenant of its own with entries for `count` projects. */
  const tenantWith = async (count: number): Promise<Place & { send: Send }> => {
    const place = await createPlace(gateway);
    const send = await sendAs(gateway, 'owner', { tenantId: place.tenantId });
    for (let i = 1; i <= count; i++) await send('POST', '/admin/v1/projects', { name: `p${i}` });
    return { ...place, send };
  };
  const list = async (send: Send, query = ''): Promise<Page> =>
    (await (await send('GET', `${AUDIT}?${query}`)).json()) as Page;
  const verify = async (send: Send, query = ''): Promise<Verdict> =>
    (await (await send('GET', `${AUDIT}/verify?${query}`)).json()) as Verdict;

  it('lists what was done, the newest first, a page at a time', async () => {
    const { send } = await tenantWith(3);
    const first = await list(send, 'limit=2');
    const second = await list(send, `limit=2&cursor=${first.nextCursor}`);
    expect([...first.items, ...second.items].map(({ target }) => target.label)).toEqual(['p3', 'p2', 'p1']);
    expect(second.nextCursor).toBeNull();
    const [newest] = first.items;
    expect(await (await send('GET', `${AUDIT}/${newest!.id}`)).json()).toMatchObject({
      sequence: 3,
      action: 'project.created',
      actor: { kind: 'admin_key' },
      address: '127.0.0.1',
      before: null,
      after: { name: 'p3' },
    });
  });

  it.each([
    ['action=project.created', 2],
    ['action=project.*', 3],
    ['action=provider.*', 0],
    ['targetKind=project&q=P1', 2],
    ['q=nothing', 0],
    ['project=p2', 1],
    ['from=2020-01-01', 3],
    ['to=2020-01-01', 0],
    ['actor=nobody', 0],
  ])('filters by %s', async (query, expected) => {
    const { send } = await tenantWith(2);
    const [, { target }] = (await list(send)).items as [Entry, Entry];
    await send('PATCH', `/admin/v1/projects/${target.id}`, { captureDays: 3 });
    expect((await list(send, query)).items).toHaveLength(expected);
  });

  it('exports all that match, the oldest first, as JSON lines or CSV', async () => {
    const { send } = await tenantWith(2);
    const lines = (await (await send('GET', `${AUDIT}/export`)).text()).trim().split('\n');
    expect(lines.map((line) => (JSON.parse(line) as Entry).sequence)).toEqual([1, 2]);

    const csv = await send('GET', `${AUDIT}/export?format=csv&project=p1`);
    expect(csv.headers.get('content-type')).toContain('text/csv');
    const [header, row, ...rest] = (await csv.text()).trim().split('\r\n');
    expect(header).toMatch(/^sequence,at,action,/);
    expect(row).toContain('project.created');
    expect(rest).toEqual([]);
  });

  it('shows a project its own entries alone, and does not let it verify', async () => {
    const { tenantId, projectId, send } = await tenantWith(1);
    await send('PATCH', `/admin/v1/projects/${projectId}`, { captureDays: 3 });
    const here = await sendAs(gateway, 'viewer', { tenantId, projectId });
    const { items } = await list(here);
    expect(items.map(({ target }) => target.id)).toEqual([projectId]);
    expect((await list(here, 'project=p1')).items).toEqual([]);
    expect((await here('GET', `${AUDIT}/verify`)).status).toBe(403);
    const [, theirs] = (await list(send)).items;
    expect((await here('GET', `${AUDIT}/${theirs!.id}`)).status).toBe(404);

    const stranger = await tenantWith(0);
    expect((await stranger.send('GET', `${AUDIT}/${theirs!.id}`)).status).toBe(404);
    expect((await list(stranger.send)).items).toEqual([]);
  });

  it('verifies an intact chain, an empty one too, while others write', async () => {
    const { send } = await tenantWith(0);
    expect(await verify(send)).toMatchObject({ isIntact: true, verified: 0, break: null });
    const writes = Promise.all(
      Array.from({ length: 10 }, (_, i) => send('POST', '/admin/v1/projects', { name: `x${i}` })),
    );
    for (let i = 0; i < 5; i++) expect((await verify(send)).break).toBeNull();
    await writes;
    expect(await verify(send)).toMatchObject({ isIntact: true, verified: 10, head: { sequence: 10 } });
  });

  it.each([
    [
      'a changed value',
      `update audit_entry set after = '{"name":"other"}' where $1 = tenant_id and sequence = 2`,
      2,
      'changed',
    ],
    ['a changed actor', `update audit_entry set actor_name = 'x' where $1 = tenant_id and sequence = 3`, 3, 'changed'],
    [
      'a changed time',
      `update audit_entry set at = at + interval '1 ms' where $1 = tenant_id and sequence = 1`,
      1,
      'changed',
    ],
    ['a deleted entry', `delete from audit_entry where $1 = tenant_id and sequence = 2`, 2, 'missing'],
    ['a cut tail', `delete from audit_entry where $1 = tenant_id and sequence = 4`, 4, 'missing'],
    ['a lost head', `delete from audit_head where $1 = tenant_id`, 4, 'head'],
    ['an emptied trail', `delete from audit_entry where $1 = tenant_id`, 1, 'missing'],
  ])('notices %s', async (_, sql, sequence, reason) => {
    const { tenantId, send } = await tenantWith(4);
    expect((await verify(send)).isIntact).toBe(true);
    await gateway.database.query(sql, [tenantId]);
    expect(await verify(send)).toMatchObject({ isIntact: false, break: { sequence, reason } });
  });

  it('notices a rewritten history by an entry noted elsewhere', async () => {
    const { tenantId, send } = await tenantWith(2);
    const { sequence, hash } = (await verify(send)).head;
    await send('POST', '/admin/v1/projects', { name: 'later' });
    const noted = `sequence=${sequence}&hash=${hash}`;
    expect((await verify(send, noted)).isIntact).toBe(true);

    await gateway.database.query(`delete from audit_entry where tenant_id = $1`, [tenantId]);
    await gateway.database.query(`delete from audit_head where tenant_id = $1`, [tenantId]);
    for (const name of ['a', 'b', 'c']) await send('POST', '/admin/v1/projects', { name });
    expect(await verify(send)).toMatchObject({ isIntact: true });
    expect(await verify(send, noted)).toMatchObject({ isIntact: false, break: { sequence, reason: 'anchor' } });
  });

  it('hashes what is read back as it hashed what was written, whatever the values are', async () => {
    const { tenantId, send } = await tenantWith(0);
    const writes = gateway.app.get(Writes);
    const text = fc.string({ unit: 'binary', maxLength: 20 });
    const lone = fc.constantFrom('\0', '\ud800', 'a\udfffb', '\u2028', '"\\', '__proto__');
    const anyText = fc.oneof(text, lone);
    const value = fc.object({
      key: anyText,
      values: [fc.double({ noNaN: true }), fc.integer(), fc.boolean(), fc.constant(null), anyText, fc.date()],
      maxDepth: 3,
    });
    await fc.assert(
      fc.asyncProperty(value, anyText, async (after, label) => {
        const action = { action: 'test.written', target: { kind: 'test', id: 'x', label }, after };
        await writes.run(systemAccess(tenantId), async ({ audit }) => audit(action));
      }),
      { numRuns: runs(300) },
    );
    expect(await verify(send)).toMatchObject({ isIntact: true, verified: 300 });
  });

  it('keeps one chain a tenant, whoever writes at once', async () => {
    const { send } = await createOwner(gateway);
    const projects = await Promise.all(Array.from({ length: 20 }, (_, i) => createProjectBy(send, `c${i}`)));
    expect(projects).toEqual(Array(20).fill(201));
    expect(await verify(send)).toMatchObject({ isIntact: true, verified: 20 });
  });

  const createProjectBy = async (send: Send, name: string) =>
    (await send('POST', '/admin/v1/projects', { name })).status;
});
