import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { link, readFile, rm, writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { StartError } from '../common/errors/start-error.js';

const POLL_MS = 100;

/** A lock that this process holds until it gives it back or ends, however it ends. */
export interface FileLock {
  release(): Promise<void>;
}

/**
 * Takes the lock, or takes it over from a process that is gone. While another holds it, waits up to `waitMs`, then
 * throws a `StartError` that says who holds it.
 */
export async function lockFile(path: string, waitMs = 0): Promise<FileLock> {
  const giveUpAt = Date.now() + waitMs;
  const mine = `${process.pid} ${await birthOf(process.pid)}`;
  for (;;) {
    if (await create(path, mine)) return { release: () => rm(path, { force: true }) };
    const holder = await readFile(path, 'utf8').catch(() => '');
    const [pid = '', ...birth] = holder.split(' ');
    if (holder !== '' && (await birthOf(Number(pid))) !== birth.join(' ')) await discard(path, holder);
    else if (Date.now() >= giveUpAt) throw new StartError(heldBy(pid, path));
    else await sleep(POLL_MS);
  }
}

function heldBy(pid: string, path: string): string {
  return `Another Waggle (process ${pid}) uses this data directory: ${path}. Stop it, or set WAGGLE_DATA_DIR`;
}

/** A link appears whole or not at all, so nobody reads a lock that is half written. */
async function create(path: string, content: string): Promise<boolean> {
  const draft = `${path}.${randomUUID()}`;
  await writeFile(draft, content, { mode: 0o600 });
  try {
    await link(draft, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    await rm(draft);
  }
}

async function discard(path: string, holder: string): Promise<void> {
  if ((await readFile(path, 'utf8').catch(() => '')) === holder) await rm(path, { force: true });
}

/** When a process began, since its number alone may go to another one; empty when there is none. */
async function birthOf(pid: number): Promise<string> {
  if (!Number.isInteger(pid) || pid <= 0) return '';
  if (process.platform !== 'linux') return startTime(pid);
  const status = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  const [state, ...fields] = status.slice(status.lastIndexOf(')') + 2).split(' ');
  if (status === '' || state === 'Z') return '';
  const boot = await readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => '');
  return `${fields[18]} ${boot.trim()}`;
}

async function startTime(pid: number): Promise<string> {
  const { stdout } = await promisify(execFile)('ps', ['-o', 'lstart=', '-p', String(pid)]).catch(() => ({
    stdout: '',
  }));
  return stdout.trim();
}
