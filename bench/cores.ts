import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import type { Target } from './measure.ts';
import type { Bench } from './rows.ts';

/** The cores that this process may use, as the kernel numbers them. */
function cores(): number[] {
  const [, list = ''] = /^Cpus_allowed_list:\s+(\S+)/m.exec(readFileSync('/proc/self/status', 'utf8')) ?? [];
  return list.split(',').flatMap((range) => {
    const [first = 0, last = first] = range.split('-').map(Number);
    return Array.from({ length: last - first + 1 }, (_, i) => first + i);
  });
}

/**
 * Does `work` while `targets` have one core to themselves, one after the other, and everything else that we started has the
 * others: the load, the upstream and Postgres are on other machines where a gateway is used, and on its core they would
 * leave it cold caches, the more the longer it works. Where there is no second core, or nothing that can pin, says so.
 */
export async function apart<T>(
  { isShared, log }: Bench,
  targets: readonly Target[],
  work: () => Promise<T>,
): Promise<T> {
  if (isShared) return work();
  const all = cores();
  const subjects = targets.flatMap(({ child }) => (child ? [child.pid] : []));
  if (!separate(subjects, all)) log('  without a core of its own: there is but one, or no taskset');
  const result = await work();
  pin(family(process.pid), all);
  return result;
}

function separate(subjects: readonly number[], [own, ...others]: readonly number[]): boolean {
  if (own === undefined || others.length === 0) return false;
  return pin(family(process.pid), others) && pin(subjects, [own]);
}

/** What is started later inherits it. False when it can't be done; a process that has ended meanwhile needs no core. */
function pin(pids: readonly number[], list: readonly number[]): boolean {
  const done = pids.map((pid) => spawnSync('taskset', ['-apc', list.join(','), String(pid)], { stdio: 'ignore' }));
  return done.every(({ status }, i) => status === 0 || !existsSync(`/proc/${pids[i]}`));
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
