import { readFile, rm } from 'node:fs/promises';
import { request } from 'node:http';
import { text } from 'node:stream/consumers';
import { temporaryDataDir } from '../support/data-dir.js';
import { processesOfGroup, startServerProcess, type ServerProcess } from '../support/server-process.js';

const ADMIN_KEY = 'an-admin-key-of-the-operators-own-choice';
const PASSWORD = 'correct horse battery';
const WORKERS = 3;
/** Connections go to the workers in turn, so that many see every one of them. */
const CONNECTIONS = 4 * WORKERS;

interface VaultAnswer {
  readonly state: string;
  readonly lockReason: string | null;
}

describe('a password vault with several workers', () => {
  let server: ServerProcess;
  let url: string;
  let dataDir: string;

  beforeAll(async () => {
    dataDir = await temporaryDataDir('waggle-vault-');
    server = startServerProcess({
      dataDir,
      env: {
        WAGGLE_WORKERS: String(WORKERS),
        WAGGLE_VAULT: 'password',
        WAGGLE_BOOTSTRAP_ADMIN_KEY: ADMIN_KEY,
        WAGGLE_DEMO: '0',
        WAGGLE_LOG_LEVEL: 'trace',
      },
    });
    url = await server.ready;
    return async () => {
      server.child.kill('SIGTERM');
      await server.ended;
      await rm(dataDir, { recursive: true, force: true });
    };
  });

  it('opens in all of them with one password, and closes in all', async () => {
    expect(await statesSeen()).toEqual(['empty']);
    await call('POST', 'initialise', { password: PASSWORD });
    await vi.waitFor(async () => expect(await statesSeen()).toEqual(['unlocked']), { timeout: 5000 });
    await call('POST', 'lock', {});
    await vi.waitFor(async () => expect(await statesSeen()).toEqual(['locked: locked']), { timeout: 5000 });
    await call('POST', 'unlock', { password: PASSWORD });
    await vi.waitFor(async () => expect(await statesSeen()).toEqual(['unlocked']), { timeout: 5000 });
  });

  it('is open in a worker that takes the place of a dead one', async () => {
    const before = await processesOfGroup(Number(server.child.pid));
    const victim = await workerOf(before);
    process.kill(victim, 'SIGKILL');
    await vi.waitFor(async () => expect(await listening()).toBe(WORKERS + 1), { timeout: 20_000, interval: 200 });
    await vi.waitFor(async () => expect(await statesSeen()).toEqual(['unlocked']), { timeout: 10_000 });
  });

  it('writes no password, key or secret to its log', async () => {
    const headers = { authorization: `Bearer ${ADMIN_KEY}`, 'content-type': 'application/json' };
    const post = async (path: string, body: object): Promise<number> => {
      const response = await fetch(`${url}/admin/v1/${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
      return response.status;
    };
    expect(await post('secrets', { name: 'needle', value: 'sk-needle' })).toBe(201);
    expect(await post('secrets', { name: 'needle', value: 'sk-needle' })).toBe(409);
    expect(await post('vault/unlock', { password: 'a wrong horse battery' })).toBe(403);
    expect(await post('vault/rotate', { currentPassword: PASSWORD, reencrypt: true })).toBe(200);
    expect(server.output()).toContain('The vault is unlocked.');
    for (const secret of ['sk-needle', PASSWORD, 'a wrong horse', ADMIN_KEY]) {
      expect(server.output()).not.toContain(secret);
    }
  });

  /** How often a process has said that it started to listen: the workers, and the one that came later. */
  async function listening(): Promise<number> {
    return server.output().split('Nest application successfully started').length - 1;
  }

  /** A worker's process id: a child of the server that runs our own program. */
  async function workerOf(group: readonly number[]): Promise<number> {
    for (const pid of group) {
      const [command, stat] = await Promise.all([
        readFile(`/proc/${pid}/cmdline`, 'utf8'),
        readFile(`/proc/${pid}/stat`, 'utf8'),
      ]);
      const parent = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
      if (parent === server.child.pid && command.includes('dist/main.js')) return pid;
    }
    throw new Error('There is no worker.');
  }

  async function statesSeen(): Promise<string[]> {
    const answers = await Promise.all(Array.from({ length: CONNECTIONS }, () => call('GET')));
    const states = answers.map(({ state, lockReason }) => (lockReason ? `${state}: ${lockReason}` : state));
    return [...new Set(states)].toSorted();
  }

  /** One call on a connection of its own. */
  function call(method: string, action = '', body?: object): Promise<VaultAnswer> {
    return new Promise((resolve, reject) => {
      const path = `/admin/v1/vault${action && `/${action}`}`;
      const headers = { authorization: `Bearer ${ADMIN_KEY}`, 'content-type': 'application/json' };
      const call = request(url + path, { method, headers, agent: false }, (response) => {
        text(response)
          .then((answer) => {
            expect(response.statusCode, answer).toBe(200);
            resolve(JSON.parse(answer) as VaultAnswer);
          })
          .catch(reject);
      });
      call.on('error', reject);
      call.end(body && JSON.stringify(body));
    });
  }
});

describe('a vault whose master key is another one at the next start', () => {
  it('stops the start, and says plainly what to look at', async () => {
    const dataDir = await temporaryDataDir('waggle-vault-');
    const first = startServerProcess({ dataDir, env: { WAGGLE_DEMO: '0' } });
    await first.ready;
    first.child.kill('SIGTERM');
    await first.ended;
    const second = startServerProcess({ dataDir, env: { WAGGLE_DEMO: '0', WAGGLE_MASTER_KEY: 'a'.repeat(64) } });
    expect(await second.ended).toBe(1);
    expect(second.output()).toContain('sealed with another master key than the one in WAGGLE_MASTER_KEY');
    expect(second.output()).not.toMatch(/^ +at /m);
    expect(second.output()).not.toContain('aaaa');
    await rm(dataDir, { recursive: true, force: true });
  });
});
