import { readFileSync } from 'node:fs';

/** Linux counts a process's time in ticks of this length, whatever the kernel's own clock. */
const TICK_MS = 10;

/**
 * Milliseconds of CPU that this process and the Postgres backends of these pids (where Linux tells) have used so far. Other
 * work on the machine makes things take longer, but hardly more of this.
 */
export function cpuMs(...backends: readonly number[]): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000 + backends.reduce((sum, pid) => sum + cpuOf(pid), 0);
}

function cpuOf(pid: number): number {
  if (process.platform !== 'linux') return 0;
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' '); // a name may have spaces; after it comes the third field
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
}
