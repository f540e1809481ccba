import { parseArgs } from 'node:util';
import { dashboards } from './dashboards.ts';
import { removeData, startGateway } from './gateway.ts';
import { ledger } from './ledger.ts';
import { lanes } from './lanes.ts';
import { addedLatency, largePrompt } from './latency.ts';
import type { Target } from './measure.ts';
import { memory } from './memory.ts';
import { isLinux, startScript, stopAll, type Child } from './processes.ts';
import { machine, printTable, writeResults } from './report.ts';
import type { Bench, Measurement, Row } from './rows.ts';
import { chat, streamedChat } from './throughput.ts';
import { workers } from './workers.ts';

/** In the order in which they run: what comes early leaves nothing behind that is in another's way. */
const MEASUREMENTS: Readonly<Record<string, Measurement>> = {
  // These two have gateways of their own, which are to be alone.
  chat,
  lanes,
  stream: streamedChat,
  latency: addedLatency,
  large: largePrompt,
  workers,
  dashboards,
  // These two stop the gateway that the others use.
  ledger,
  memory,
};
const ALONE: ReadonlySet<string> = new Set(['chat', 'lanes']);
const SMOKE = ['chat', 'stream', 'latency', 'large', 'memory'];
/** In a smoke run, on a machine that may be busy, only a gross miss of a steady bar is a failure. */
const SMOKE_SLACK = 3;
const LIMIT_MS = { smoke: 240_000, full: 20 * 60_000 };
const USAGE = `npm run bench -- [options]
  --smoke                             a short run: does everything still work, is nothing grossly slow
  --only chat,stream,…                some of: ${Object.keys(MEASUREMENTS).join(', ')}
  --rounds <n>                        rounds of each measurement, 7
  --target name=<name>,url=<…/v1>,key=<key>,model=<model>
                                      measure something else too; may be repeated
  --shared                            let load, upstream and Postgres use the core of what is measured, too
  --plain                             one target, no allowances, nobody who reads events: else four targets,
                                      three allowances that match, and a reader of all events
  --no-gateway                        leave the gateway out
`;

const { values: options } = parseArgs({
  allowNegative: true,
  options: {
    smoke: { type: 'boolean', default: false },
    only: { type: 'string' },
    rounds: { type: 'string' },
    target: { type: 'string', multiple: true, default: [] },
    shared: { type: 'boolean', default: false },
    plain: { type: 'boolean', default: false },
    gateway: { type: 'boolean', default: true },
    help: { type: 'boolean', default: false },
  },
});

/** Without a gateway yet: it is started when a row wants it. */
async function open(): Promise<Bench> {
  const simulator = startScript('simulator.ts');
  const upstream = await urlOf(simulator);
  const startFloor = async () => {
    const child = startScript('floor.ts', upstream, 'sim-chat');
    return { name: 'floor', url: `${await urlOf(child)}/v1`, key: 'none', model: 'floor', child };
  };
  const isPlain = options.plain;
  const others = options.target.map(otherTarget);
  return {
    simulator,
    direct: { name: 'direct', url: `${upstream}/v1`, key: 'none', model: 'sim-chat' },
    floor: await startFloor(),
    others,
    subjects: others,
    isGatewayWanted: options.gateway,
    gateway: undefined,
    rounds: Number(options.rounds ?? (options.smoke ? 1 : 7)),
    scale: options.smoke ? 10 : 1,
    isShared: options.shared,
    isPlain,
    startFloor,
    startGateway: (env = {}) => startGateway(upstream, { isPlain, env }),
    log: (line) => console.error(line),
  };
}

async function withGateway(bench: Bench): Promise<Bench> {
  if (bench.gateway || !bench.isGatewayWanted) return bench;
  const gateway = await bench.startGateway();
  return { ...bench, gateway, subjects: [gateway.target, ...bench.others] };
}

async function urlOf(child: Child): Promise<string> {
  return (await child.line(/"url":"([^"]+)"/))[1] ?? '';
}

function otherTarget(text: string): Target {
  const given = Object.fromEntries(text.split(',').map((pair) => pair.split(/=(.*)/s)));
  const { name = 'other', url, key = 'none', model = 'sim-chat' } = given as Partial<Target>;
  if (!url) throw new Error(`--target ${text}: url is missing`);
  return { name, url, key, model };
}

async function run(): Promise<boolean> {
  const all = Object.keys(MEASUREMENTS);
  const wanted = options.only?.split(',') ?? (options.smoke ? SMOKE : all);
  const unknown = wanted.filter((name) => !(name in MEASUREMENTS));
  if (unknown.length > 0) throw new Error(`--only ${unknown.join(',')}: there are ${all.join(', ')}`);
  console.log(machine());
  let bench = await open();
  const rows: Row[] = [];
  for (const name of all.filter((each) => wanted.includes(each))) {
    bench.log(name);
    if (!ALONE.has(name)) bench = await withGateway(bench);
    rows.push(...((await MEASUREMENTS[name]?.(bench)) ?? []));
  }
  await bench.gateway?.stop();
  printTable(rows);
  console.log(writeResults(rows, options));
  return rows.every((row) => row.passed !== false || (options.smoke && !isGross(row)));
}

function isGross({ value, bar, isSteady }: Row): boolean {
  return isSteady === true && bar !== null && !(value <= bar * SMOKE_SLACK);
}

async function finish(code: number): Promise<never> {
  await stopAll();
  await removeData();
  process.exit(code);
}

if (options.help) {
  console.log(USAGE);
  process.exit(0);
}
if (!isLinux()) {
  console.log('The benchmark reads /proc, which this system lacks: nothing was measured.');
  process.exit(0);
}
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => void finish(1));
const limit = options.smoke ? LIMIT_MS.smoke : LIMIT_MS.full;
setTimeout(() => {
  console.error(`The benchmark took longer than ${limit / 1000} s`);
  void finish(1);
}, limit).unref();
try {
  await finish((await run()) ? 0 : 1);
} catch (error) {
  console.error(error);
  await finish(1);
}
