import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ROOT, startServerProcess } from '../support/server-process.ts';

/** One call as the simulator saw it. */
interface SeenCall {
  readonly model: string;
  readonly operation: string;
  readonly status: number;
}

interface SimulatorModule {
  startSimulator(options: object): Promise<{
    readonly url: string;
    readonly stats: { records(): readonly SeenCall[] };
    close(): Promise<void>;
  }>;
}

/** A row of the ledger. */
export interface LedgerRow {
  readonly outcome: string;
  readonly status: number;
  readonly errorCode: string | null;
  readonly path: string;
  readonly usageSource: string | null;
  readonly costUsd: string | null;
  readonly used: { readonly inputTokens: number; readonly outputTokens: number };
}

export interface Snippet {
  readonly client: string;
  readonly file: string | null;
  readonly text: string;
}

/** A token of its own, a profile that it leads to, and how clients are set up for it. */
export interface Route {
  readonly model: string;
  readonly token: string;
  readonly snippets: readonly Snippet[];
  /** What the simulator was asked for so. */
  seen(): readonly SeenCall[];
  /** What the ledger has of this token, once it has as many rows. */
  rows(atLeast: number): Promise<readonly LedgerRow[]>;
}

/** What is behind a profile. */
interface Target {
  readonly driver: string;
  readonly operation?: string;
  readonly upstreamId?: string;
}

/** A gateway of this build with data of its own, and the simulator behind it. */
export interface Ground {
  readonly url: string;
  /** A profile of this name that leads to an upstream of this driver; `limit` is what its token may spend, in USD. */
  route(name: string, driver: string, limit?: string): Promise<Route>;
  /** A profile alone; returns its name. Its operation is chat unless said otherwise. */
  profile(name: string, leadsTo: Target): Promise<string>;
  /** A token for all profiles. */
  token(name: string): Promise<string>;
  close(): Promise<void>;
}

const CREDENTIAL = 'sk-simulator-0123456789';
const PATIENCE_MS = 15_000;

export async function startGround(dataDir: string): Promise<Ground> {
  const path = join(ROOT, 'dist/simulator/simulator.js');
  const { startSimulator } = (await import(path)) as SimulatorModule;
  const simulator = await startSimulator({ apiKey: CREDENTIAL });
  const adminKey = randomBytes(24).toString('hex');
  const env = { WAGGLE_BOOTSTRAP_ADMIN_KEY: adminKey, WAGGLE_DEMO: '0', WAGGLE_LOG_LEVEL: 'warn' };
  const server = startServerProcess({ dataDir, env: { ...env, WAGGLE_HEALTH_PROBE_SECONDS: '0' } });
  const url = await server.ready;
  const admin = adminOf(url, adminKey);
  for (const driver of ['openai', 'openai-compatible', 'anthropic']) {
    const account = { driver, baseUrl: `${simulator.url}/v1`, credential: { value: CREDENTIAL } };
    await admin('PUT', `/providers/by-name/${driver}`, account);
  }
  return {
    url,
    route: async (name, driver, limit) => {
      const { token, id, snippets } = await configure(admin, { name, driver, limit });
      const seen = (): readonly SeenCall[] => simulator.stats.records().filter(({ model }) => model === `sim-${name}`);
      return { model: name, token, snippets, seen, rows: (atLeast) => rowsOf(admin, id, atLeast) };
    },
    profile: async (name, target) => {
      await profileOf(admin, name, target);
      return name;
    },
    token: async (name) => (await admin<{ token: string }>('POST', '/tokens', { name })).token,
    close: async () => {
      server.signalGroup('SIGTERM');
      await server.ended;
      await simulator.close();
    },
  };
}

type Admin = <T = unknown>(method: string, path: string, body?: object) => Promise<T>;

function adminOf(url: string, adminKey: string): Admin {
  return async <T>(method: string, path: string, body?: object): Promise<T> => {
    const response = await fetch(`${url}/admin/v1${path}`, {
      method,
      headers: { authorization: `Bearer ${adminKey}`, 'content-type': 'application/json' },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text.slice(0, 500)}`);
    return JSON.parse(text) as T;
  };
}

interface Wanted {
  readonly name: string;
  readonly driver: string;
  readonly limit: string | undefined;
}

async function profileOf(
  admin: Admin,
  name: string,
  { driver, operation = 'chat', upstreamId = `sim-${name}` }: Target,
): Promise<string> {
  const model = await admin<{ id: string }>('POST', '/models', {
    name,
    provider: driver,
    upstreamId,
    operation,
    ...(operation === 'chat' ? { capabilities: ['tools'], contextWindow: 200_000, maxOutput: 32_000 } : {}),
    price: { buckets: { input: '1', output: '2' } },
  });
  const targets = [{ model: model.id }];
  return (await admin<{ id: string }>('PUT', `/profiles/by-name/${name}`, { operation, targets })).id;
}

async function configure(admin: Admin, { name, driver, limit }: Wanted) {
  const profile = await profileOf(admin, name, { driver });
  const { token, id } = await admin<{ token: string; id: string }>('POST', '/tokens', { name, profiles: [name] });
  const { snippets } = await admin<{ snippets: Snippet[] }>('GET', `/profiles/${profile}/clients`);
  if (limit !== undefined) {
    const budget = {
      name: `nothing left for ${name}`,
      scope: 'token',
      subject: name,
      metric: 'money',
      window: 'total',
    };
    await admin('POST', '/allowances', { ...budget, limit });
  }
  return { token, id, snippets };
}

async function rowsOf(admin: Admin, tokenId: string, atLeast: number): Promise<readonly LedgerRow[]> {
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    const { items } = await admin<{ items: LedgerRow[] }>('GET', `/requests?limit=100&token=${tokenId}`);
    if (items.length >= atLeast || Date.now() > deadline) return items;
    await sleep(100);
  }
}
