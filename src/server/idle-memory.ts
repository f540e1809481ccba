import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

const LOOK_EVERY_MS = 500;
/** Nothing has to have happened for this long after the start. */
const QUIET_AFTER_START_MS = 1500;
/** And later. */
const QUIET_MS = 20_000;
/**
 * What memory has to have grown by since the last time. Calls of the usual size don't reach it, and must not: after a
 * collection all code has to be compiled anew, which doubles the CPU of the first 5,000 calls.
 */
const WORTHWHILE = 1.5;

/** What is going on, as far as this looks at it. */
export interface Activity {
  /** Calls that have not ended. */
  readonly calls: number;
  /** Calls that were ever begun. */
  readonly begun: number;
}

/**
 * Gives memory back while there is nothing to do: after the start, and after a burst. V8 collects when something is
 * allocated, so a process that fell idle would keep the garbage of its last busy second, and the buffers that hang on
 * it. Returns what ends it.
 */
export function keepIdleMemoryLow(activity: Activity, collect = collector()): () => void {
  let begun = activity.begun;
  let quietSince = Date.now();
  let quietMs = QUIET_AFTER_START_MS;
  let floor = 0;
  const look = (): void => {
    const now = Date.now();
    if (activity.calls > 0 || activity.begun !== begun) {
      begun = activity.begun;
      quietSince = now;
    }
    if (now - quietSince < quietMs || process.memoryUsage.rss() < floor * WORTHWHILE) return;
    collect();
    quietMs = QUIET_MS;
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
