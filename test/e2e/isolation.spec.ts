import { newId } from '../../src/common/ids.js';
import { Ledger } from '../../src/usage/ledger.service.js';
import { entryText } from '../../src/journal/entry-text.js';
import { attemptRecord, requestRecord } from '../support/ledger.js';
import { createOwner, createPlace, createProject, sendAs, type Place, type Send } from '../support/principals.js';
import { adminRoutes, type DeclaredRoute } from '../support/routes.js';
import { startTestApp, type TestApp } from '../support/test-app.js';

/** In every name of what belongs to project A: it must never be in an answer to someone else. */
const MARK = 'isolated';
const ADMIN = '/admin/v1';
const isWrite = ({ permission }: DeclaredRoute): boolean => permission?.endsWith(':write') ?? false;

/** The stream of events has no end; it has a test of its own. */
const isList = ({ method, path }: DeclaredRoute): boolean =>
  method === 'GET' && !path.includes('/:') && !path.endsWith('/events');

/** Ids of A's resources by the path segment before the parameter. */
type Ids = Record<string, string>;

describe('what belongs to one project', () => {
  let gateway: TestApp;
  let root: Place & { send: Send };
  let a: Place;
  let ids: Ids;
  let routes: DeclaredRoute[];
  let strangers: [who: string, send: Send][];

  beforeAll(async () => {
    gateway = await startTestApp();
    root = await createOwner(gateway);
    const projectId = await createProject(gateway.database, root.tenantId, `${MARK}-project`);
    a = { tenantId: root.tenantId, projectId };
    routes = adminRoutes(gateway.app);
    ids = await fill();
    strangers = await someStrangers();
    return () => gateway.close();
  });

  const create = async (path: string, body: object): Promise<string> => {
    const response = await root.send('POST', `${ADMIN}/${path}`, body);
    const text = await response.text();
    expect(response.status, `${path}: ${text}`).toBe(201);
    return (JSON.parse(text) as { id: string }).id;
  };

  async function someStrangers(): Promise<typeof strangers> {
    const projectId = await createProject(gateway.database, root.tenantId);
    const { tenantId } = await createPlace(gateway);
    return [
      ['the owner of another project', await sendAs(gateway, 'owner', { tenantId: root.tenantId, projectId })],
      ['the owner of another tenant', await sendAs(gateway, 'owner', { tenantId })],
    ];
  }

  /** One of everything in project A, as its owner would make it. */
  async function fill(): Promise<Ids> {
    const at = `?project=${a.projectId}`;
    const name = (kind: string): string => `${MARK}-${kind}`;
    const baseUrl = 'http://127.0.0.1:8999/v1';
    const secrets = await create(`secrets${at}`, { name: name('secret'), value: 'sk-1' });
    const providers = await create(`providers${at}`, { name: name('provider'), driver: 'openai-compatible', baseUrl });
    const model = { provider: providers, name: name('model'), upstreamId: name('up'), operation: 'chat' };
    const models = await create(`models${at}`, model);
    const prices = await create(`models/${models}/prices`, { buckets: { input: '1', output: '2' } });
    const profiles = await create(`profiles${at}`, { name: name('profile'), targets: [{ model: models }] });
    const tokens = await create(`tokens${at}`, { name: name('token') });
    const limit = { name: name('allowance'), scope: 'token', subject: tokens, metric: 'money', window: 'month' };
    const allowances = await create(`allowances${at}`, { ...limit, limit: '5' });
    const roles = [{ role: 'viewer', project: a.projectId }];
    const members = await create('members', { email: `${MARK}@example.com`, name: 'M', roles });
    const key = { name: name('admin-key'), role: 'viewer', project: a.projectId };
    const adminKeys = await create('admin-keys', key);
    const requests = await recordRequest();
    const [entry] = await gateway.database.query<{ id: string }>(`select id from audit_entry where project_id = $1`, [
      a.projectId,
    ]);
    const own = {
      secrets,
      providers,
      models,
      prices,
      profiles,
      tokens,
      allowances,
      members,
      requests,
      explain: requests,
    };
    return { ...own, 'admin-keys': adminKeys, audit: entry!.id, projects: a.projectId, tenants: a.tenantId };
  }

  async function recordRequest(): Promise<string> {
    const key = { tenant_id: a.tenantId, project_id: a.projectId };
    const request_id = newId();
    const attempts = [attemptRecord({ ...key, request_id })];
    const request = requestRecord(attempts, { requested_model: `${MARK}-profile` });
    await gateway.app.get(Ledger, { strict: false }).store([Buffer.from(entryText({ request, attempts }))]);
    return request_id;
  }

  /** The path with A's ids in it. A parameter that is not known here fails: add what it names to `fill`. */
  function filled({ path }: DeclaredRoute): string {
    return path.replaceAll(/([\w-]+)\/:(\w+)/g, (_, segment: string, parameter: string) => {
      if (segment === 'by-name') return `by-name/${MARK}-${path.split('/')[3]!.replace(/s$/, '')}`;
      const id =
        parameter === 'priceId'
          ? ids.prices
          : { ...ids, revisions: '1', sessions: newId(), 'by-email': `${MARK}@example.com` }[segment];
      if (id === undefined) throw new Error(`No id for ${path}`);
      return `${segment}/${id}`;
    });
  }

  it('has an id for every parameter of every route, by which its owner finds it', async () => {
    const reads = routes.filter(({ method, path }) => method === 'GET' && path.endsWith(':id'));
    expect(reads.length).toBeGreaterThan(8);
    for (const route of reads)
      expect([route.path, (await root.send('GET', filled(route))).status]).toEqual([route.path, 200]);
    for (const route of routes) expect(() => filled(route)).not.toThrow();
  });

  it('is found by nobody else, read or written by whatever path', async () => {
    const before = await rowsOfA();
    const reaching = routes.filter(
      ({ path, method }) => path.includes('/:') && method !== 'PUT' && !path.includes('sessions'),
    );
    expect(reaching.length).toBeGreaterThan(30);
    const found: unknown[] = [];
    for (const [who, send] of strangers) {
      for (const route of reaching) {
        const response = await send(route.method, filled(route), bodyOf(route));
        const text = (await response.text()).replaceAll(filled(route).split('/').at(-1)!, ''); // what was asked for
        // 403 is for what no role of the stranger's own tenant carries; a row of someone else's is not there at all
        const isHidden = response.status === 404 || (response.status === 403 && text.includes('access.forbidden'));
        if (!isHidden || text.includes(MARK)) found.push([who, route.method, route.path, response.status, text]);
      }
    }
    expect(found).toEqual([]);
    expect(await rowsOfA()).toEqual(before);
  });

  it('is not touched by a create-or-update of the same name elsewhere', async () => {
    const before = await rowsOfA();
    for (const [, send] of await someStrangers()) {
      for (const route of routes.filter(({ method }) => method === 'PUT')) {
        const { status } = await send('PUT', filled(route), bodyOf(route));
        expect([route.path, status]).not.toEqual([route.path, 200]);
        const named = await send('PUT', `${filled(route)}?${placeOf(route)}`, bodyOf(route));
        if (route.path.includes('by-name') && !/\/(projects|tenants)\//.test(route.path)) {
          expect([route.path, named.status]).toEqual([route.path, 404]);
        }
      }
    }
    expect(await rowsOfA()).toEqual(before);
  });

  it("is in nobody else's list, report or export", async () => {
    const secretParts = [MARK, ...Object.values(ids).filter((id) => id !== a.tenantId)];
    const lists = routes.filter(isList);
    expect(lists.length).toBeGreaterThan(15);
    for (const [who, send] of strangers) {
      for (const { path } of lists) {
        const text = await (await send('GET', path)).text();
        expect([who, path, secretParts.filter((part) => text.includes(part))]).toEqual([who, path, []]);
        const narrowed = await send('GET', `${path}?project=${a.projectId}`);
        const answer = (await narrowed.text()).replaceAll(a.projectId, '');
        const others = secretParts.filter((part) => part !== a.projectId && answer.includes(part));
        expect([who, path, others]).toEqual([who, path, []]);
      }
    }
  });

  it('shows its owner all of it: the test above would notice', async () => {
    const owner = await sendAs(gateway, 'owner', a);
    const seen = new Set<string>();
    for (const { path } of routes.filter(isList)) {
      const text = await (await owner('GET', path)).text();
      for (const [kind, id] of Object.entries(ids)) if (text.includes(id)) seen.add(kind);
    }
    const kinds = Object.keys(ids).filter((kind) => kind !== 'prices');
    expect(kinds.filter((kind) => !seen.has(kind))).toEqual([]);
  });

  it('cannot be referred to by what a stranger creates', async () => {
    const attempts: [path: string, body: object][] = [
      ['models', { provider: ids.providers, name: 'm', upstreamId: 'up', operation: 'chat' }],
      ['models', { provider: `${MARK}-provider`, name: 'm', upstreamId: 'up', operation: 'chat' }],
      ['profiles', { name: 'p', targets: [{ model: ids.models }] }],
      ['profiles', { name: 'p', targets: [{ model: `${MARK}-provider/${MARK}-model` }] }],
      ['tokens', { name: 't', profiles: [ids.profiles] }],
      ['tokens', { name: 't', profiles: [`${MARK}-profile`] }],
      ['admin-keys', { name: 'k', role: 'viewer', project: a.projectId }],
      ['members', { email: 'x@example.com', name: 'X', roles: [{ role: 'viewer', project: a.projectId }] }],
      ['allowances', { ...budget, scope: 'token', subject: ids.tokens }],
      ['allowances', { ...budget, scope: 'profile', subject: `${MARK}-profile` }],
      ['allowances', { ...budget, scope: 'provider', subject: `${MARK}-provider` }],
      ['allowances', { ...budget, scope: 'model', subject: ids.models }],
      ['providers', credentialOf({ secretId: ids.secrets })],
      ['routing/simulate', { profile: `${MARK}-profile` }],
      ['routing/simulate', { profile: ids.profiles, project: a.projectId }],
    ];
    for (const [who, send] of strangers) {
      for (const [path, body] of attempts) {
        const response = await send('POST', `${ADMIN}/${path}`, body);
        expect([who, path, response.status >= 400 && response.status < 500]).toEqual([who, path, true]);
      }
      for (const path of ['secrets', 'providers', 'models', 'profiles', 'tokens', 'allowances']) {
        const { status } = await send(
          'POST',
          `${ADMIN}/${path}?project=${a.projectId}`,
          bodyOf({ path, method: 'POST' }),
        );
        expect([who, path, status]).toEqual([who, path, 404]);
      }
    }
  });

  it('is written by no viewer', async () => {
    for (const place of [a, { tenantId: a.tenantId }]) {
      const viewer = await sendAs(gateway, 'viewer', place);
      for (const route of routes.filter(isWrite)) {
        const { status } = await viewer(route.method, filled(route), bodyOf(route));
        expect([route.method, route.path, status]).toEqual([route.method, route.path, 403]);
      }
    }
  });

  it('is nothing to someone without a credential', async () => {
    for (const route of routes.filter(({ permission }) => permission !== undefined)) {
      const { status } = await gateway.send(route.method, filled(route), bodyOf(route));
      expect([route.method, route.path, status]).toEqual([route.method, route.path, 401]);
    }
  });

  /** How a create-or-update by name says that it means A. */
  function placeOf({ path }: DeclaredRoute): string {
    return path.includes('/models/') ? `provider=${ids.providers}` : `project=${a.projectId}`;
  }

  /** Every row of project A in every table, but for what reading changes. */
  async function rowsOfA(): Promise<unknown> {
    const tables = await gateway.database.query<{ name: string }>(
      `select table_name as name from information_schema.columns join pg_class on relname = table_name
       where column_name = 'project_id' and table_schema = 'public' and relkind = 'r' order by 1`,
    );
    const rows: unknown[] = [];
    for (const { name } of tables) {
      const sql = `select to_jsonb(t) - 'last_used_at' as row from ${name} t where project_id = $1 order by 1`;
      rows.push([name, await gateway.database.query(sql, [a.projectId])]);
    }
    rows.push(await gateway.database.query(`select * from project where id = $1`, [a.projectId]));
    rows.push(await gateway.database.query(`select * from member where id = $1`, [ids.members]));
    rows.push(await gateway.database.query(`select * from price where model_id = $1 order by id`, [ids.models]));
    return rows;
  }
});

function credentialOf(credential: object): object {
  return { name: 'p', driver: 'openai-compatible', baseUrl: 'http://127.0.0.1:8999/v1', credential };
}

/** A body that passes validation, so that the answer is about the row and not about the body. */
function bodyOf({ path, method }: Pick<DeclaredRoute, 'path' | 'method'>): object | undefined {
  if (method === 'GET' || method === 'DELETE') return undefined;
  if (method === 'PATCH') return {};
  const known = Object.entries(BODIES).find(([pattern]) => new RegExp(`${pattern}$`).test(path));
  return known?.[1] ?? {};
}

const budget = { name: 'stolen', metric: 'money', window: 'month', limit: '5' };
const price = { buckets: { input: '1' } };
const model = { provider: 'stolen', name: 'stolen', upstreamId: 'up', operation: 'chat' };
const BODIES: Record<string, object> = {
  prices: price,
  'prices/:priceId': { ...price, effectiveFrom: '2026-01-01T00:00:00Z' },
  'models/import': { upstreamIds: ['x'] },
  rollback: { revision: 1 },
  secrets: { name: 'stolen', value: 'x' },
  'secrets/by-name/:name': { value: 'x' },
  providers: credentialOf({ value: 'sk-stolen' }),
  'providers/by-name/:name': { driver: 'openai-compatible', baseUrl: 'http://127.0.0.1:8999/v1' },
  models: model,
  'models/by-name/:name': { upstreamId: 'up', operation: 'chat' },
  profiles: { name: 'stolen' },
  tokens: { name: 'stolen' },
  allowances: { ...budget, scope: 'project' },
  'admin-keys/by-name/:name': { role: 'viewer' },
  'tenants/by-name/:name': { owner: { email: 'stolen@example.com', name: 'S' } },
  'members/by-email/:email': { name: 'Stolen', roles: [{ role: 'viewer' }] },
  'allowances/by-name/:name': { ...budget, name: undefined, scope: 'project' },
  'allowances/:id/raise': { by: '1', until: '2030-01-01T00:00:00Z' },
  'session/password': { currentPassword: 'x', newPassword: 'x'.repeat(12) },
};
