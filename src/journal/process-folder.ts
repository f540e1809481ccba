import { readdirSync, readFileSync } from 'node:fs';

/**
 * Each process writes into a folder of its own, named after the process: `<pid>-<start time>-<n>`. So a folder tells by
 * its name whether its writer still lives, and no lock file can outlive its owner. The start time (in clock ticks since
 * boot) tells a process from a later one with the same number, as they are common in containers.
 */
const NAME = /^(\d+)-(\d+)-(\d+)$/;
const live = new Set<string>();

/** Takes a fresh folder name for this process; it counts as live until `releaseFolder`. */
export function takeFolder(): string {
  for (let number = 1; ; number++) {
    const name = `${process.pid}-${startOf(process.pid) ?? 0}-${number}`;
    if (live.has(name)) continue;
    live.add(name);
    return name;
  }
}

export function releaseFolder(name: string): void {
  live.delete(name);
}

/** The folders below `root` whose process is gone. */
export function orphanFolders(root: string): string[] {
  return readdirSync(root, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && isProcessFolder(entry.name) && !isLive(entry.name))
    .map(({ name }) => name);
}

export function isProcessFolder(name: string): boolean {
  return NAME.test(name);
}

/** Whether the process that a folder is named after still runs (in this process: still uses it). */
export function isLive(name: string): boolean {
  const [, pid = '', start = ''] = NAME.exec(name) ?? [];
  if (Number(pid) === process.pid && (startOf(process.pid) ?? 0) === Number(start)) return live.has(name);
  return isRunning(Number(pid)) && (startOf(Number(pid)) ?? Number(start)) === Number(start);
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Field 22 of `/proc/<pid>/stat`; `undefined` where there is no such file (not Linux, or no such process). */
function startOf(pid: number): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]);
  } catch {
    return undefined;
  }
}
