import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { Client } from 'pg';

const POLL_MS = 20;
const FAST_SHUTDOWN_MS = 30_000;

/** A running Postgres: its process id and port, as its own pid file has them. */
export interface Postmaster {
  readonly pid: number;
  readonly port: number;
}

/** Finds the living postmaster of a data folder. A pid file that no postmaster owns (after a crash) is removed. */
export async function findPostmaster(clusterDir: string): Promise<Postmaster | undefined> {
  const file = join(clusterDir, 'postmaster.pid');
  const text = await readFile(file, 'utf8').catch(() => '');
  if (text === '') return undefined;
  const [pid, , , port] = text.split('\n').map(Number);
  if (pid && port && isAlive(pid) && (await commandOf(pid)).includes(clusterDir)) return { pid, port };
  await rm(file, { force: true });
  return undefined;
}

/** Waits until the server answers; false when its process ends first. Any other failure to connect is thrown. */
export async function becomesReady(pid: number, url: string): Promise<boolean> {
  while (isAlive(pid)) {
    const client = new Client({ connectionString: url, connectionTimeoutMillis: 5000 });
    try {
      await client.connect();
      return true;
    } catch (error) {
      if (!isNotYet(error)) throw error;
      await sleep(POLL_MS);
    } finally {
      await client.end().catch(() => undefined);
    }
  }
  return false;
}

/** Ends the server at once but cleanly (sessions are cut off, data is flushed), and waits until it is gone. */
export async function stopPostmaster(pid: number): Promise<void> {
  signal(pid, 'SIGINT');
  const giveUpAt = Date.now() + FAST_SHUTDOWN_MS;
  while (isAlive(pid)) {
    if (Date.now() > giveUpAt) signal(pid, 'SIGQUIT');
    await sleep(POLL_MS);
  }
}

/** A port of 127.0.0.1 that was free a moment ago. */
export async function freePort(): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const probe = createServer().on('error', reject);
  probe.listen(0, '127.0.0.1', () => {
    const { port } = probe.address() as AddressInfo;
    probe.close(() => resolve(port));
  });
  return promise;
}

/** Whether there is such a process, be it ours or not, and it has not ended. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  return !isZombie(pid);
}

/** A server that we took over is not our child; where nobody collects it (in some containers) its entry stays. */
function isZombie(pid: number): boolean {
  try {
    return /\) Z [^)]*$/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // it ended by itself
  }
}

/** The process's command line: after a crash its number may have gone to somebody else. */
async function commandOf(pid: number): Promise<string> {
  if (process.platform === 'linux') return readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
  const { stdout } = await promisify(execFile)('ps', ['-ww', '-o', 'command=', '-p', String(pid)]);
  return stdout;
}

/** Starting up, shutting down, or not listening yet. */
function isNotYet(error: unknown): boolean {
  const { code } = error as { code?: string };
  return code === '57P03' || code === 'ECONNREFUSED' || code === 'ECONNRESET';
}
