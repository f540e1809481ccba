import { LeaseBook } from '../../src/limits/book/lease-book.js';
import { windowAt } from '../../src/limits/book/window.js';
import { CurrentSnapshot } from '../../src/snapshot/current-snapshot.js';
import { startSimulator, type Simulator } from '../../src/simulator/simulator.js';
import { createAdminKey, sendWith, type Send } from './principals.js';
import { seedChat } from './seed-chat.js';
import { startTestApp, type TestApp } from './test-app.js';
import { createTestDatabase, type TestDatabase } from './test-database.js';

/** The real app with one chat profile at a flat $0.001 a call, and allowances made by its owner. */
export interface LimitGround extends TestApp {
  readonly simulator: Simulator;
  readonly book: LeaseBook;
  readonly owner: Send;
  /** The ids behind the chat. */
  readonly ids: { readonly provider: string; readonly model: string; readonly profile: string; readonly token: string };
  /** Makes an allowance of the tenant unless told otherwise, and waits until it is in force. Returns its id. */
  allow(allowance: object): Promise<string>;
  /** Takes an allowance away, and waits until it limits nothing. */
  lift(id: string): Promise<void>;
  /** The header that its calls carry. */
  readonly authorization: string;
  chat(given?: object, init?: RequestInit): Promise<Response>;
  /** Puts a second provider behind the chat, at the same upstream, after the first. */
  addTarget(name: string): Promise<{ provider: string; remove(): Promise<void> }>;
  /** `GET /v1/me`. */
  me(): Promise<Response>;
}

/** What a test does in one window takes less than this. */
const ENDING_MS = 8000;
/** Windows that are long enough to wait for the next one when they end under a test's hands, at which all begins at zero. */
const LONG = ['hour', 'day', 'week', 'month'] as const;

/** Starts it; `reach` may put a line between the app and the database, which a test can cut. */
export async function startLimitGround(
  reach = (url: string): Promise<string> => Promise.resolve(url),
): Promise<LimitGround> {
  process.env.UPSTREAM_KEY = 'any';
  const simulator = await startSimulator();
  const database = await createTestDatabase();
  const token = await seedChat(database.query, `${simulator.url}/v1`);
  await database.query(`update price set input = 0, output = 0, request = 1000`);
  const gateway = await startTestApp({ database: { ...database, url: await reach(database.url) } });
  return {
    ...gateway,
    ...(await allowances(gateway, database)),
    database,
    simulator,
    authorization: `Bearer ${token}`,
    book: gateway.app.get(LeaseBook, { strict: false }),
    chat: (given, init) =>
      gateway.send(
        'POST',
        '/v1/chat/completions',
        { model: 'chat', max_tokens: 20, messages: [{ role: 'user', content: 'hello' }], ...given },
        { ...init, headers: { authorization: `Bearer ${token}`, ...init?.headers } },
      ),
    me: () => gateway.send('GET', '/v1/me', undefined, { headers: { authorization: `Bearer ${token}` } }),
    close: async () => {
      await gateway.close();
      await simulator.close();
      await database.drop();
    },
  };
}

/** By the admin API: a provider like the first one, its model, and that as the last target of the profile. */
async function secondTarget(
  owner: Send,
  {
    name,
    profile,
    until,
    snapshot,
  }: { name: string; profile: string; until: (isTrue: () => boolean) => Promise<unknown>; snapshot: CurrentSnapshot },
): Promise<{ provider: string; remove(): Promise<void> }> {
  const create = async (path: string, body: object): Promise<{ id: string; baseUrl: string }> => {
    const response = await owner('POST', `/admin/v1/${path}`, body);
    return (await response.json()) as { id: string; baseUrl: string };
  };
  const { items } = (await (await owner('GET', '/admin/v1/providers')).json()) as { items: { baseUrl: string }[] };
  const credential = { reference: 'env:UPSTREAM_KEY' };
  const { baseUrl } = items[0]!;
  const { id: provider } = await create('providers', { name, driver: 'openai-compatible', baseUrl, credential });
  const { id: model } = await create('models', { provider, name, upstreamId: 'sim-chat', operation: 'chat' });
  const [first] = snapshot.get().profiles.get(profile)!.targets;
  const setTargets = async (models: string[]): Promise<void> => {
    const targets = models.map((each) => ({ model: each }));
    expect((await owner('PATCH', `/admin/v1/profiles/${profile}`, { targets })).status).toBe(200);
    await until(() => snapshot.get().profiles.get(profile)!.targets.length === models.length);
  };
  await setTargets([first!.modelId, model]);
  return { provider, remove: () => setTargets([first!.modelId]) };
}

async function allowances(
  gateway: TestApp,
  database: TestDatabase,
): Promise<Pick<LimitGround, 'owner' | 'ids' | 'allow' | 'lift' | 'addTarget'>> {
  const [tenant] = await database.query<{ id: string }>(`select id from tenant`);
  const owner = sendWith(gateway, await createAdminKey(gateway, { tenantId: tenant!.id, role: 'owner' }));
  const [ids] = await database.query<LimitGround['ids']>(
    `select (select id from provider) as provider, (select id from model) as model, (select id from profile) as profile,
       (select id from token) as token`,
  );
  const snapshot = gateway.app.get(CurrentSnapshot, { strict: false });
  const isKnown = (id: string): boolean => snapshot.get().allowances.get(id) !== undefined;
  const until = (isTrue: () => boolean, timeout = 5000) => vi.waitUntil(isTrue, { timeout, interval: 5 });
  let names = 0;
  const allow = async (allowance: object): Promise<string> => {
    await until(() => !endsSoon(allowance), ENDING_MS * 2);
    const body = { scope: 'tenant', name: `allowance ${++names}`, ...allowance };
    const response = await owner('POST', '/admin/v1/allowances', body);
    const text = await response.text();
    expect(response.status, text).toBe(201);
    const { id } = JSON.parse(text) as { id: string };
    await until(() => isKnown(id));
    return id;
  };
  const lift = async (id: string): Promise<void> => {
    expect((await owner('DELETE', `/admin/v1/allowances/${id}`)).status).toBe(204);
    await until(() => !isKnown(id));
  };
  const addTarget = (name: string) => secondTarget(owner, { name, profile: ids!.profile, until, snapshot });
  return { owner, ids: ids!, allow, lift, addTarget };
}

function endsSoon(allowance: object): boolean {
  const window = LONG.find((each) => 'window' in allowance && allowance.window === each);
  if (!window) return false;
  const now = Date.now();
  return windowAt({ window, rollingSeconds: null, timeZone: 'UTC' }, now).end - now < ENDING_MS;
}
