import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readdir, readFile, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { temporaryDataDir } from '../support/data-dir.js';
import {
  postmasterOf,
  processesOfGroup,
  processesWith,
  startServerProcess,
  type ServerProcess,
  type ServerProcessOptions,
} from '../support/server-process.js';

const isLinux = process.platform === 'linux';
if (!isLinux) console.log('Skipped, since it reads /proc: how the server starts and stops');

describe.runIf(isLinux)('the server', () => {
  let dataDir: string;
  const started: ServerProcess[] = [];

  beforeAll(async () => void (dataDir = await temporaryDataDir('waggle-process-')));
  afterEach(() => Promise.all(started.splice(0).map(end)));
  afterAll(() => rm(dataDir, { recursive: true, force: true }));

  function start(options: Partial<ServerProcessOptions> = {}): ServerProcess {
    const server = startServerProcess({ dataDir, ...options });
    started.push(server);
    return server;
  }

  async function expectNothingLeft(server: ServerProcess): Promise<void> {
    await expect(processesOfGroup(Number(server.child.pid))).resolves.toEqual([]);
    await expect(processesWith(dataDir)).resolves.toEqual([]);
    expect((await readdir(dataDir)).filter((name) => name.includes('lock'))).toEqual([]);
  }

  it('starts from nothing, says what it does, and serves', async () => {
    const server = start();
    const url = await server.ready;
    expect(server.output()).toMatch(/Creating a database[\s\S]*Starting Postgres[\s\S]*Applied \d+ migrations/);
    expect((await fetch(`${url}/admin/v1/projects`)).status).toBe(401);
  });

  it('is ready within five seconds the second time', async () => {
    const startedAt = performance.now();
    const server = start();
    await server.ready;
    const tookMs = performance.now() - startedAt - (await waitedForProcessorMs(server));
    expect(tookMs).toBeLessThan(5000);
    expect(server.output()).not.toContain('Creating a database');
  });

  it('ends on SIGTERM and leaves no process behind', async () => {
    const server = start();
    await server.ready;
    server.child.kill('SIGTERM');
    await expect(server.ended).resolves.toBe(0);
    await expectNothingLeft(server);
  });

  it.each(['SIGINT', 'SIGTERM'] as const)('ends when npm gets %s alone', async (signal) => {
    const server = start({ command: ['npm', 'start'] });
    await server.ready;
    server.child.kill(signal);
    await server.ended;
    await expectNothingLeft(server);
  });

  it('ends on Ctrl-C, which reaches npm, the server and its workers at once', async () => {
    const server = start({ command: ['npm', 'start'], env: { WAGGLE_WORKERS: '2' } });
    await server.ready;
    server.signalGroup('SIGINT');
    await server.ended;
    await expectNothingLeft(server);
  });

  it('waits for a call in flight when asked to stop, and for nothing when asked again', async () => {
    const server = start({ env: { WAGGLE_SHUTDOWN_GRACE_SECONDS: '3600' } });
    const { hostname, port } = new URL(await server.ready);
    const socket = connect(Number(port), hostname);
    socket.on('error', () => undefined);
    socket.write('POST /admin/v1/session HTTP/1.1\r\nhost: waggle\r\ncontent-type: application/json\r\n');
    socket.write('content-length: 100\r\nexpect: 100-continue\r\n\r\n');
    await once(socket, 'data'); // the server has begun to read it, and the rest never comes

    server.child.kill('SIGTERM');
    const refused = async (): Promise<boolean> => !(await accepts(Number(port)));
    await vi.waitFor(async () => expect(await refused()).toBe(true), 20_000);
    expect(server.child.exitCode).toBeNull();
    await setTimeout(1100); // what follows within a second counts as the echo of the same request
    server.child.kill('SIGTERM');
    await expect(server.ended).resolves.toBe(0);
    await expectNothingLeft(server);
  });

  it('stops on the way when asked to during its start', async () => {
    const server = start();
    await vi.waitUntil(() => server.output().includes('Starting Postgres'), 10_000);
    server.child.kill('SIGTERM');
    await expect(server.ended).resolves.toBe(0);
    await expectNothingLeft(server);
  });

  it('takes over the Postgres that it left behind when it was killed', async () => {
    const killed = start();
    await killed.ready;
    const postmaster = await postmasterOf(join(dataDir, 'postgres'));
    killed.child.kill('SIGKILL');
    await once(killed.child, 'exit');

    const server = start();
    await server.ready;
    await expect(postmasterOf(join(dataDir, 'postgres'))).resolves.toBe(postmaster);
    server.child.kill('SIGTERM');
    await server.ended;
    await expectNothingLeft(server);
  });

  it('recovers when Postgres was killed with it', async () => {
    const killed = start();
    await killed.ready;
    process.kill(await postmasterOf(join(dataDir, 'postgres')), 'SIGKILL');
    killed.child.kill('SIGKILL');
    await once(killed.child, 'exit');

    const server = start();
    await expect(server.ready).resolves.toContain('http');
    expect(server.output()).not.toContain('Creating a database');
  });

  it('starts Postgres again, at the same address, when it ends by itself', async () => {
    const server = start();
    await server.ready;
    const first = await postmasterOf(join(dataDir, 'postgres'));
    const port = await portOf(dataDir);
    process.kill(first, 'SIGKILL');
    await vi.waitFor(async () => expect(await postmasterOf(join(dataDir, 'postgres'))).not.toBe(first), 60_000);
    expect(server.output()).toContain('Postgres has ended by itself');
    await expect(portOf(dataDir)).resolves.toBe(port);
    server.child.kill('SIGTERM');
    await server.ended;
    await expectNothingLeft(server);
  });

  it('refuses a data directory in use, and says by whom', async () => {
    const first = start();
    await first.ready;
    const second = start();
    await expect(second.ended).resolves.toBe(1);
    expect(second.output()).toContain(`process ${first.child.pid}`);
    expect(second.output()).not.toMatch(/^\s+at /m);
    expect(existsSync(join(dataDir, 'lock'))).toBe(true);
  });

  it('lists all wrong variables at once, without a stack trace', async () => {
    const server = start({ env: { WAGGLE_PORT: 'abc', WAGGLE_WORKERS: '-1', WAGGLE_PROT: '1' } });
    await expect(server.ended).resolves.toBe(1);
    expect(server.output()).toMatch(/WAGGLE_PORT: "abc"/);
    expect(server.output()).toMatch(/WAGGLE_WORKERS: "-1"/);
    expect(server.output()).toMatch(/WAGGLE_PROT: there is no such variable/);
    expect(server.output()).not.toMatch(/^\s+at /m);
  });

  it('says plainly when it can not listen, and stops the Postgres that it started', async () => {
    const taken = start();
    const port = new URL(await taken.ready).port;
    const other = await temporaryDataDir('waggle-process-');
    const server = start({ dataDir: other, env: { WAGGLE_PORT: port } });
    await expect(server.ended).resolves.toBe(1);
    expect(server.output()).toContain(`Port ${port} of 127.0.0.1 is in use`);
    await expect(processesWith(other)).resolves.toEqual([]);
    await rm(other, { recursive: true });
  });

  it('says plainly when the given Postgres can not be reached', async () => {
    const server = start({ env: { DATABASE_URL: 'postgres://waggle:hunter2@127.0.0.1:1/waggle' } });
    await expect(server.ended).resolves.toBe(1);
    expect(server.output()).toMatch(/Postgres can't be used \(127\.0\.0\.1:1\/waggle/);
    expect(server.output()).not.toMatch(/hunter2|^\s+at /m);
  });

  it('replaces a worker that dies, in the same slot', async () => {
    const server = start({ env: { WAGGLE_WORKERS: '2' } });
    const url = await server.ready;
    const [first] = await workersOf(dataDir);
    process.kill(Number(first), 'SIGKILL');
    await vi.waitFor(async () => expect((await workersOf(dataDir))[0]).not.toBe(first), 30_000);
    expect((await fetch(`${url}/admin/v1/projects`)).status).toBe(401);
  });

  it('ends its workers when it is killed itself', async () => {
    const killed = start({ env: { WAGGLE_WORKERS: '2' } });
    await killed.ready;
    killed.child.kill('SIGKILL');
    await vi.waitFor(async () => expect(await processesOfGroup(Number(killed.child.pid))).toEqual([]), 30_000);

    const server = start({ env: { WAGGLE_WORKERS: '2' } });
    await server.ready;
    server.child.kill('SIGTERM');
    await server.ended;
    await expectNothingLeft(server);
  });
});

/** The process ids of the workers, by slot, as their lock files have them. */
async function workersOf(dataDir: string): Promise<string[]> {
  const slots = [0, 1].map((slot) => readFile(join(dataDir, `worker-${slot}.lock`), 'utf8'));
  return (await Promise.all(slots)).map((text) => text.split(' ')[0] ?? '');
}

async function accepts(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  const isOpen = await once(socket, 'connect').then(
    () => true,
    () => false,
  );
  socket.destroy();
  return isOpen;
}

/** How long the server was ready to run while others did: what a busy machine adds, and says nothing of the server. */
async function waitedForProcessorMs({ child }: ServerProcess): Promise<number> {
  const [, waitedNanos] = (await readFile(`/proc/${child.pid}/schedstat`, 'utf8')).split(' ');
  return Number(waitedNanos) / 1e6;
}

async function portOf(dataDir: string): Promise<string | undefined> {
  return (await readFile(join(dataDir, 'postgres/postmaster.pid'), 'utf8')).split('\n')[3];
}

/** Stops what a test left running, its Postgres too. */
async function end(server: ServerProcess): Promise<void> {
  if (server.child.exitCode !== null || server.child.signalCode !== null) return;
  server.child.kill('SIGTERM');
  await server.ended;
}
