import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

const LOOK_EVERY_MS = 500;
/** Nothing has to have happened for this long: a collection stops the process for about 150 ms. */
const QUIET_MS = 20_000;
/**
 * What memory has to have grown by since the last time. Calls of the usual size don't reach it, and must not: after a
 * collection all code has to be compiled anew, which doubles the CPU of the first 5,000 calls.
 */
const WORTHWHILE = 2;

/** What is going on, as far as this looks at it. */
export interface Activity {
  /** Calls that have not ended. */
  readonly calls: number;
  /** Calls that were ever begun. */
  readonly begun: number;
}

/**
 * Gives memory back: what the start has left, at once, and later what a burst of large calls has, as soon as there is
 * nothing to do. V8 collects when something is allocated, so a process that fell idle would keep the garbage of its last
 * busy second, and the buffers that hang on it. Returns what ends it.
 */
export function keepIdleMemoryLow(activity: Activity, collect = collector()): () => void {
  collect();
  let floor = process.memoryUsage.rss();
  let begun = activity.begun;
  let quietSince = Date.now();
  const look = (): void => {
    const now = Date.now();
    if (activity.calls > 0 || activity.begun !== begun) {
      begun = activity.begun;
      quietSince = now;
    }
    if (now - quietSince < QUIET_MS || process.memoryUsage.rss() < floor * WORTHWHILE) return;
    collect();
    quietSince = now;
    floor = process.memoryUsage.rss();
  };
  const timer = setInterval(look, LOOK_EVERY_MS).unref();
  return () => clearInterval(timer);
}

/** V8's collector, which Node shows only to those who ask for it by a flag; `last-resort` also gives pages back. */
function collector(): () => void {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as NodeJS.GCFunction;
  setFlagsFromString('--no-expose-gc');
  return () => void collect({ type: 'major', execution: 'sync', flavor: 'last-resort' });
}
