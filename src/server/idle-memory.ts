import { memoryFreer } from './free-memory.js';

const LOOK_EVERY_MS = 500;
/** Nothing has to have happened for this long: it stops the process for about 150 ms. */
const QUIET_MS = 20_000;
/**
 * What memory has to have grown by since the last time. Code has to be compiled anew afterwards, which costs a third of a second
 * of CPU, spread over thousands of calls: little for a process that has just had nothing to do for so long, which is why it need not have grown by more.
 */
const WORTHWHILE = 1.15;

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
export function keepIdleMemoryLow(activity: Activity, free = memoryFreer()): () => void {
  free();
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
    free();
    quietSince = now;
    floor = process.memoryUsage.rss();
  };
  const timer = setInterval(look, LOOK_EVERY_MS).unref();
  return () => clearInterval(timer);
}
