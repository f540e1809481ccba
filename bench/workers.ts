import { availableParallelism } from 'node:os';
import { measure, type LoadResult, type Target } from './measure.ts';
import { alternating, atLeast, type Bench, type Row } from './rows.ts';
import { median, rounded } from './statistics.ts';

const BAR = 1.7;
/** Two workers, the load and the simulator each want a core. */
const CORES_NEEDED = 4;

/** Requests a second of two worker processes, in proportion to one. */
export async function workers(bench: Bench): Promise<Row[]> {
  const { gateway } = bench;
  if (!gateway) return [];
  const two = await bench.startGateway({ WAGGLE_WORKERS: '2' });
  const requests = Math.round(9600 / bench.scale);
  const targets: Target[] = [gateway.target, two.target];
  const load = (target: Target, count: number) =>
    measure<LoadResult>('load.ts', target, { promptBytes: 1024, connections: 64, requests: count });
  for (const target of targets) await load(target, requests / 4);
  const results = await alternating(bench, targets, (target) => load(target, requests));
  await two.stop();
  const rate = (target: Target): number =>
    median((results.get(target) ?? []).map(({ result }) => result.requests / result.seconds));
  const [one, both] = [rate(gateway.target), rate(two.target)];
  const cores = availableParallelism();
  const row = atLeast({
    row: '2 workers ÷ 1: requests per second',
    subject: 'gateway',
    measured: `${Math.round(both)} ÷ ${Math.round(one)} requests/s`,
    value: rounded(both / one),
    bar: BAR,
  });
  if (cores >= CORES_NEEDED) return [row];
  return [
    { ...row, passed: null, note: `${cores} cores for workers, load and upstream together: not to be judged here` },
  ];
}
