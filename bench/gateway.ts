import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { temporaryDataDir } from '../test/support/data-dir.ts';
import type { Target } from './measure.ts';
import { sleep, startServer, type Child } from './processes.ts';

const START_TIMEOUT_MS = 90_000;
const PROFILE = 'bench';

/** A gateway of this build, in a process of its own, with data of its own. */
export interface GatewayHandle {
  readonly target: Target & { readonly child: Child };
  /** From the start of the process to the first answered request. */
  readonly startSeconds: number;
  readonly dataDir: string;
  /** Calls the admin API as the owner. Throws unless it answers 2xx. */
  admin(method: string, path: string, body?: object): Promise<unknown>;
  /** Stops it, and keeps its data. */
  stop(): Promise<void>;
  /** Starts it again on the same data. */
  restart(): Promise<GatewayHandle>;
}

interface Site {
  readonly dataDir: string;
  readonly adminKey: string;
  readonly env: NodeJS.ProcessEnv;
}

const dataDirs: string[] = [];

/** Starts a gateway on an empty data directory, with one profile that leads to the simulator. */
export async function startGateway(simulatorUrl: string, env: NodeJS.ProcessEnv = {}): Promise<GatewayHandle> {
  const dataDir = await temporaryDataDir('waggle-bench-');
  dataDirs.push(dataDir);
  const site = { dataDir, env, adminKey: randomBytes(24).toString('hex') };
  const { child, url, startSeconds } = await launch(site);
  const admin = adminOf(url, site.adminKey);
  const key = await configure(admin, simulatorUrl);
  await answers(`${url}/v1`, key);
  return handle(site, { child, url, key, startSeconds });
}

/** Removes what the gateways have left on the disk. */
export async function removeData(): Promise<void> {
  for (const dir of dataDirs.splice(0)) await rm(dir, { recursive: true, force: true });
}

interface Running {
  readonly child: Child;
  readonly url: string;
  readonly key: string;
  readonly startSeconds: number;
}

function handle(site: Site, { child, url, key, startSeconds }: Running): GatewayHandle {
  return {
    target: { name: 'gateway', url: `${url}/v1`, key, model: PROFILE, child },
    startSeconds,
    dataDir: site.dataDir,
    admin: adminOf(url, site.adminKey),
    stop: () => child.stop(),
    restart: async () => {
      const began = performance.now();
      const again = await launch(site);
      await answers(`${again.url}/v1`, key);
      return handle(site, { ...again, key, startSeconds: (performance.now() - began) / 1000 });
    },
  };
}

async function launch({ dataDir, adminKey, env }: Site): Promise<Omit<Running, 'key'>> {
  const began = performance.now();
  const child = startServer({
    WAGGLE_PORT: '0',
    WAGGLE_DATA_DIR: dataDir,
    WAGGLE_BOOTSTRAP_ADMIN_KEY: adminKey,
    WAGGLE_DEMO: '0',
    WAGGLE_LOG_LEVEL: 'warn',
    ...env,
  });
  const [, url = ''] = await child.line(/ready at (http:\/\/\S+)/, START_TIMEOUT_MS);
  return { child, url: url.replace(/\/$/, ''), startSeconds: (performance.now() - began) / 1000 };
}

function adminOf(url: string, adminKey: string): GatewayHandle['admin'] {
  return async (method, path, body) => {
    const response = await fetch(`${url}/admin/v1${path}`, {
      method,
      headers: { authorization: `Bearer ${adminKey}`, 'content-type': 'application/json' },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text.slice(0, 500)}`);
    return text === '' ? undefined : JSON.parse(text);
  };
}

/** Provider, model with a price, profile, token. Returns the token's text. */
async function configure(admin: GatewayHandle['admin'], simulatorUrl: string): Promise<string> {
  await admin('PUT', '/providers/by-name/simulator', {
    driver: 'openai-compatible',
    baseUrl: `${simulatorUrl}/v1`,
    credential: { value: 'sk-simulator' },
  });
  const model = (await admin('POST', '/models', {
    provider: 'simulator',
    upstreamId: 'sim-chat',
    operation: 'chat',
    price: { buckets: { input: '0.15', cachedInput: '0.075', output: '0.60' } },
  })) as { id: string };
  await admin('PUT', `/profiles/by-name/${PROFILE}`, { operation: 'chat', targets: [{ model: model.id }] });
  const issued = (await admin('POST', '/tokens', { name: PROFILE })) as { token: string };
  return issued.token;
}

/** Waits for the first good answer: a change takes up to a second to be everywhere. */
async function answers(url: string, key: string): Promise<void> {
  const deadline = Date.now() + START_TIMEOUT_MS;
  for (;;) {
    const response = await fetch(`${url}/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify({ model: PROFILE, messages: [{ role: 'user', content: 'Are you there?' }] }),
    });
    const text = await response.text();
    if (response.ok) return;
    if (Date.now() > deadline) throw new Error(`The gateway does not answer: ${response.status} ${text}`);
    await sleep(10);
  }
}
