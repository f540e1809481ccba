/**
 * How often a property is tried: `usual` times, or as many times more as TEST_RUNS says. Properties are tried with the same values
 * each time, so that a change is judged by what it changed; `TEST_SEED=random TEST_RUNS=30 npm test` looks for new ones.
 */
export function runs(usual: number): number {
  return usual * Number(process.env.TEST_RUNS ?? 1);
}
