import { measure, type StreamResult, type Target } from './measure.ts';
import { alternating, atMost, type Bench, type Row } from './rows.ts';
import { median, rounded } from './statistics.ts';
import { WARM_UP_ROUNDS } from './throughput.ts';

const P50_BAR_MS = 0.4;
const P99_BAR_MS = 2;
const LARGE_BAR_MS = 2;

interface Spread {
  readonly p50: number;
  readonly p99: number;
}

/** One connection, 1 KB prompt: what a call takes longer than straight to the upstream. */
export async function addedLatency(bench: Bench): Promise<Row[]> {
  const times = await latencies(bench, { promptBytes: 1024, requests: Math.round(3000 / bench.scale) });
  const [direct, floor] = [at(times, bench.direct), at(times, bench.floor)];
  return bench.subjects.flatMap((subject) => {
    const own = at(times, subject);
    const row = (part: keyof Spread, bar: number): Row =>
      atMost({
        row: `1 connection: added latency ${part}, ms`,
        subject: subject.name,
        measured: `${rounded(own[part])} ms; direct ${rounded(direct[part])} ms, floor ${rounded(floor[part])} ms`,
        value: rounded(own[part] - direct[part]),
        bar,
        note: `over the floor: ${rounded(own[part] - floor[part])} ms`,
      });
    return [row('p50', P50_BAR_MS), row('p99', P99_BAR_MS)];
  });
}

/** One connection, 400 KB prompt. */
export async function largePrompt(bench: Bench): Promise<Row[]> {
  const times = await latencies(bench, { promptBytes: 400 * 1024, requests: Math.round(300 / bench.scale) });
  const [direct, floor] = [at(times, bench.direct), at(times, bench.floor)];
  return bench.subjects.map((subject) => {
    const own = at(times, subject);
    return atMost({
      row: '400 KB prompt: added latency p50, ms',
      subject: subject.name,
      measured: `${rounded(own.p50)} ms; direct ${rounded(direct.p50)} ms, floor ${rounded(floor.p50)} ms`,
      value: rounded(own.p50 - direct.p50),
      bar: LARGE_BAR_MS,
      note: `over the floor: ${rounded(own.p50 - floor.p50)} ms`,
    });
  });
}

async function latencies(
  bench: Bench,
  { promptBytes, requests }: { promptBytes: number; requests: number },
): Promise<Map<Target, Spread[]>> {
  const targets = [bench.direct, bench.floor, ...bench.subjects];
  const load = (count: number) => ({ promptBytes, connections: 1, requests: count });
  for (const target of targets) await measure('stream-load.ts', target, load(WARM_UP_ROUNDS * requests));
  return alternating(bench, targets, async (target) => {
    const { result } = await measure<StreamResult>('stream-load.ts', target, load(requests));
    return result.totalMs;
  });
}

function at(times: ReadonlyMap<Target, readonly Spread[]>, target: Target): Spread {
  const spreads = times.get(target) ?? [];
  return { p50: median(spreads.map(({ p50 }) => p50)), p99: median(spreads.map(({ p99 }) => p99)) };
}
