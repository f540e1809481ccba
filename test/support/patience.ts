import { availableParallelism, loadavg } from 'node:os';

/** The bars are for a machine of one's own. On one that is oversubscribed everything takes as many times as long. */
export function patience(): number {
  return Math.max(1, (loadavg()[0] ?? 0) / availableParallelism());
}
