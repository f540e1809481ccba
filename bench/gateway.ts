import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { temporaryDataDir } from '../test/support/data-dir.ts';
import type { Target } from './measure.ts';
import { sleep, startScript, startServer, type Child } from './processes.ts';
import { configure, PROFILE } from './setting.ts';

const START_TIMEOUT_MS = 90_000;

/** A gateway of this build, in a process of its own, with data of its own. */
export interface GatewayHandle {
  readonly target: Target & { readonly child: Child };
  /** From the start of the process to the first answered request. */
  readonly startSeconds: number;
  readonly dataDir: string;
  /** Calls the admin API as the owner. Throws unless it answers 2xx. */
  admin(method: string, path: string, body?: object): Promise<unknown>;
  /** Stops it, and keeps its data. Throws when its reader has seen fewer events. */
  stop(leastEvents?: number): Promise<void>;
  /** Starts it again on the same data. */
  restart(): Promise<GatewayHandle>;
}

/** How a gateway is set up. */
export interface Setting {
  /** One target, no allowances, nobody who reads events: else four, three, and a reader. */
  readonly isPlain: boolean;
  readonly env?: NodeJS.ProcessEnv;
}

interface Site extends Setting {
  readonly dataDir: string;
  readonly adminKey: string;
}

const dataDirs: string[] = [];

/** Starts a gateway on an empty data directory, with one profile that leads to the simulator. */
export async function startGateway(simulatorUrl: string, setting: Setting): Promise<GatewayHandle> {
  const dataDir = await temporaryDataDir('waggle-bench-');
  dataDirs.push(dataDir);
  const site = { dataDir, ...setting, adminKey: randomBytes(24).toString('hex') };
  const launched = await launch(site);
  const key = await configure(adminOf(launched.url, site.adminKey), simulatorUrl, site.isPlain);
  return opened(site, { ...launched, key });
}

/** Removes what the gateways have left on the disk. */
export async function removeData(): Promise<void> {
  for (const dir of dataDirs.splice(0)) await rm(dir, { recursive: true, force: true });
}

interface Running {
  readonly child: Child;
  readonly url: string;
  readonly key: string;
  /** When its process was started, by `performance.now()`. */
  readonly beganAt: number;
}

/** What was launched, once it answers and its events are read. */
async function opened(site: Site, { child, url, key, beganAt }: Running): Promise<GatewayHandle> {
  await answers(`${url}/v1`, key);
  const startSeconds = (performance.now() - beganAt) / 1000;
  const watcher = site.isPlain ? undefined : await watch(url, site.adminKey);
  return {
    target: { name: 'gateway', url: `${url}/v1`, key, model: PROFILE, child },
    startSeconds,
    dataDir: site.dataDir,
    admin: adminOf(url, site.adminKey),
    stop: async (leastEvents = 0) => {
      const events = await watcher?.();
      await child.stop();
      if (events !== undefined && events < leastEvents) throw new Error(`The reader saw ${events} events.`);
    },
    restart: async () => opened(site, { ...(await launch(site)), key }),
  };
}

/** Reads all events until the function is called that it returns; that tells how many there were. */
async function watch(url: string, adminKey: string): Promise<() => Promise<number>> {
  const watcher = startScript('watch.ts', { url, adminKey });
  await watcher.line(/"watching":true/);
  return async () => {
    await watcher.stop();
    return Number((await watcher.line(/"events":(\d+)/))[1]);
  };
}

async function launch({ dataDir, adminKey, env }: Site): Promise<Omit<Running, 'key'>> {
  const beganAt = performance.now();
  const child = startServer({
    WAGGLE_PORT: '0',
    WAGGLE_DATA_DIR: dataDir,
    WAGGLE_BOOTSTRAP_ADMIN_KEY: adminKey,
    WAGGLE_DEMO: '0',
    WAGGLE_LOG_LEVEL: 'warn',
    ...env,
  });
  const [, url = ''] = await child.line(/ready at (http:\/\/\S+)/, START_TIMEOUT_MS);
  return { child, url: url.replace(/\/$/, ''), beganAt };
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
