import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

/** The cores that this process may use, as the kernel numbers them. */
function cores(): number[] {
  const [, list = ''] = /^Cpus_allowed_list:\s+(\S+)/m.exec(readFileSync('/proc/self/status', 'utf8')) ?? [];
  return list.split(',').flatMap((range) => {
    const [first = 0, last = first] = range.split('-').map(Number);
    return Array.from({ length: last - first + 1 }, (_, i) => first + i);
  });
}

/**
 * Does `work` while `subjects` have one core to themselves, one after the other, and everything else that we started has the
 * others: the load, the upstream and Postgres are on other machines where a gateway is used, and on its core they would
 * leave it cold caches, the more the longer it works. False when there is no second core, or nothing that can pin.
 */
export async function apart(subjects: readonly number[], work: () => Promise<void>): Promise<boolean> {
  const all = cores();
  const [own, ...others] = all;
  if (own === undefined || others.length === 0) return false;
  try {
    pin(family(process.pid), others);
    pin(subjects, [own]);
  } catch {
    pin(family(process.pid), all);
    return false;
  }
  await work();
  pin(family(process.pid), all);
  return true;
}

/** What is started later inherits it. A process that has ended meanwhile needs no core. */
function pin(pids: readonly number[], list: readonly number[]): void {
  for (const pid of pids) {
    try {
      execFileSync('taskset', ['-apc', list.join(','), String(pid)], { stdio: 'ignore' });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT' || isAlive(pid)) throw error;
    }
  }
}

function isAlive(pid: number): boolean {
  return readdirSync('/proc').includes(String(pid));
}

/** A process and all that it or its children have started. */
function family(root: number): number[] {
  const parents = new Map<number, number>();
  for (const name of readdirSync('/proc')) {
    const pid = Number(name);
    const parent = pid > 0 ? parentOf(pid) : undefined;
    if (parent !== undefined) parents.set(pid, parent);
  }
  const isOurs = (pid: number | undefined): boolean => pid === root || (!!pid && isOurs(parents.get(pid)));
  return [...parents.keys()].filter(isOurs);
}

function parentOf(pid: number): number | undefined {
  try {
    return Number(/^PPid:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
  } catch {
    return undefined;
  }
}
