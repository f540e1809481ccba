/** Whole milliseconds between two readings of `performance.now()`; `null` when the second was never taken. */
export function elapsedMs(from: number, to: number | undefined): number | null {
  return to === undefined ? null : Math.round(to - from);
}
