import { apart } from './cores.ts';
import { measure, type LoadResult, type Measured, type StreamResult, type Target } from './measure.ts';
import { alternating, atMost, type Bench, type Row } from './rows.ts';
import { median, rounded } from './statistics.ts';

/** V8 still compiles for so long: after one round alone a request costs a third more than it will, after four a tenth. */
export const WARM_UP_ROUNDS = 6;

/**
 * About two seconds of load. To begin a round costs the floor 13 ms of CPU (64 new connections) and the gateway 38: its
 * caches are cold again, and its housekeeping goes on while the load's process starts. That is 0.5 and 1.3 µs a request.
 */
export const ROUND_REQUESTS = 28_800;

const CHAT_BAR = 1.5;
const STREAM_BAR = 1.6;
const GAP_BAR_MS = 1;
const FIRST_CHUNK_BAR_MS = 1;

/** Each process is compiled a little differently, and keeps that: more rounds of one would not tell. */
const PROCESSES = 3;

/**
 * Chat, 1 KB prompt, 64 connections: CPU for each request, in proportion to the floor's. Of several processes of both, one
 * pair after the other: a gateway that only waits works a little, too.
 */
export async function chat(bench: Bench): Promise<Row[]> {
  const runs: ChatRounds[][] = [];
  let targets: readonly Target[] = [];
  for (let i = 0; i < (bench.scale > 1 ? 1 : PROCESSES); i++) {
    const floor = await bench.startFloor();
    const gateway = bench.isGatewayWanted ? await bench.startGateway() : undefined;
    targets = [floor, ...(gateway ? [gateway.target] : []), ...bench.others];
    runs.push(await chatRun(bench, targets));
    await gateway?.stop(1);
    await floor.child.stop();
  }
  return targets.slice(1).map((target, i) =>
    chatRow(
      target,
      runs.map((run) => ({ floor: run[0]!, own: run[i + 1]! })),
    ),
  );
}

interface ChatRounds {
  readonly cpus: readonly number[];
  readonly rates: readonly number[];
}

/** Rounds of each target, in their order. */
async function chatRun(bench: Bench, targets: readonly Target[]): Promise<ChatRounds[]> {
  const requests = Math.round(ROUND_REQUESTS / bench.scale);
  const load = (count: number) => ({ promptBytes: 1024, connections: 64, requests: count });
  const once = (target: Target) => measure<LoadResult>('load.ts', target, load(requests));
  const results = await apart(bench, targets, async () => {
    for (const target of targets) await measure('load.ts', target, load(WARM_UP_ROUNDS * requests));
    return alternating(bench, targets, once);
  });
  return targets.map((target) => {
    const rounds = results.get(target) ?? [];
    return {
      cpus: rounds.map(({ cpuMicros }) => cpuMicros),
      rates: rounds.map(({ result }) => result.requests / result.seconds),
    };
  });
}

function chatRow(subject: Target, runs: readonly { readonly floor: ChatRounds; readonly own: ChatRounds }[]): Row {
  const ratios = runs.map(({ floor, own }) => median(own.cpus) / median(floor.cpus));
  const own = runs.flatMap((run) => run.own.cpus);
  const floors = runs.flatMap((run) => run.floor.cpus);
  const rate = Math.round(median(runs.flatMap((run) => run.own.rates)));
  const each = runs.length > 1 ? `; by process ${ratios.map(rounded).join(', ')}` : '';
  return atMost({
    row: 'chat 1 KB, 64 connections: CPU per request ÷ floor',
    subject: subject.name,
    measured: `${rounded(median(own))} µs ÷ ${rounded(median(floors))} µs${each}; ${rate} requests/s`,
    value: rounded(median(ratios)),
    bar: subject.child ? CHAT_BAR : null,
    isSteady: true,
    note: leastDisturbed(own, floors),
  });
}

/** Streamed chat of 100 chunks, each flushed on its own: CPU, the first chunk, and the pauses between chunks. */
export async function streamedChat(bench: Bench): Promise<Row[]> {
  const connections = 32;
  const requests = Math.max(connections, Math.round(320 / bench.scale));
  const targets = [bench.floor, ...bench.subjects];
  const load = (count: number) => ({
    promptBytes: 1024,
    directives: 'tokens=98&chunkDelayMs=5', // with the first, the last and the usage: 101
    stream: true,
    connections,
    requests: count,
  });
  for (const target of targets) await measure('stream-load.ts', target, load(WARM_UP_ROUNDS * requests));
  const results = await alternating(bench, targets, (target) =>
    measure<StreamResult>('stream-load.ts', target, load(requests)),
  );
  const floor = summary(results.get(bench.floor) ?? []);
  return bench.subjects.flatMap((subject) => streamRows(subject.name, summary(results.get(subject) ?? []), floor));
}

/** What else the machine does only ever adds to the CPU of a request (caches, shared cores). */
export function leastDisturbed(own: readonly number[], floors: readonly number[]): string {
  const [least, floor] = [Math.min(...own), Math.min(...floors)];
  return `least disturbed rounds: ${rounded(least)} µs ÷ ${rounded(floor)} µs = ${rounded(least / floor)}`;
}

interface StreamSummary {
  readonly cpus: readonly number[];
  readonly cpu: number;
  readonly firstByte: number;
  readonly gap99: number;
}

function summary(measured: readonly Measured<StreamResult>[]): StreamSummary {
  const cpus = measured.map(({ cpuMicros }) => cpuMicros);
  return {
    cpus,
    cpu: median(cpus),
    firstByte: median(measured.map(({ result }) => result.firstByteMs.p50)),
    gap99: median(measured.map(({ result }) => result.gapMs.p99)),
  };
}

function streamRows(subject: string, own: StreamSummary, floor: StreamSummary): Row[] {
  return [
    atMost({
      row: 'streamed chat, 100 chunks: CPU per request ÷ floor',
      subject,
      measured: `${rounded(own.cpu)} µs ÷ ${rounded(floor.cpu)} µs`,
      value: rounded(own.cpu / floor.cpu),
      bar: Number.isNaN(own.cpu) ? null : STREAM_BAR,
      isSteady: true,
      note: leastDisturbed(own.cpus, floor.cpus),
    }),
    atMost({
      row: 'streamed chat: first chunk p50 − floor, ms',
      subject,
      measured: `${rounded(own.firstByte)} ms − ${rounded(floor.firstByte)} ms`,
      value: rounded(own.firstByte - floor.firstByte),
      bar: FIRST_CHUNK_BAR_MS,
      note: '“No added pause” is taken as at most 1 ms over the floor',
    }),
    atMost({
      row: 'streamed chat: pause between chunks p99 − floor, ms',
      subject,
      measured: `${rounded(own.gap99)} ms − ${rounded(floor.gap99)} ms`,
      value: rounded(own.gap99 - floor.gap99),
      bar: GAP_BAR_MS,
    }),
  ];
}
