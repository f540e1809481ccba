import { apart } from './cores.ts';
import type { GatewayHandle } from './gateway.ts';
import { measure, type Dialect, type LoadResult, type Target } from './measure.ts';
import { alternating, atMost, type Bench, type Row } from './rows.ts';
import { addProfile } from './setting.ts';
import { median, rounded } from './statistics.ts';
import { leastDisturbed, ROUND_REQUESTS, WARM_UP_ROUNDS } from './throughput.ts';

const SAME_DIALECT_BAR = 1.5;
const TRANSLATED_BAR = 2.5;

interface Lane {
  readonly client: Dialect;
  /** The driver of the provider behind it. */
  readonly driver: string;
  readonly bar: number;
}

const LANES: readonly Lane[] = [
  { client: 'messages', driver: 'anthropic', bar: SAME_DIALECT_BAR },
  { client: 'chat', driver: 'anthropic', bar: TRANSLATED_BAR },
  { client: 'messages', driver: 'openai-compatible', bar: TRANSLATED_BAR },
  { client: 'responses', driver: 'anthropic', bar: TRANSLATED_BAR },
];

/** A plain call of 1 KB in each client's dialect, to upstreams that speak it and to others. */
export async function lanes(bench: Bench): Promise<Row[]> {
  const { gateway, simulator } = bench;
  if (!gateway || !simulator) return [];
  await configure(bench, gateway);
  const rows: Row[] = [];
  for (const lane of LANES) rows.push(await row(bench, gateway, lane));
  return rows;
}

async function row(bench: Bench, gateway: GatewayHandle, { client, driver, bar }: Lane): Promise<Row> {
  const target: Target = { ...gateway.target, model: profileOf(driver) };
  const load = { promptBytes: 1024, connections: 64, requests: Math.round(ROUND_REQUESTS / bench.scale) };
  const once = (each: Target) =>
    measure<LoadResult>('load.ts', each, each === target ? { ...load, dialect: client } : load);
  const warmUp = { ...load, requests: WARM_UP_ROUNDS * load.requests };
  await measure('load.ts', bench.floor, warmUp); // else a cold floor would flatter the gateway
  await measure('load.ts', target, { ...warmUp, dialect: client });
  const targets = [bench.floor, target];
  const results = await apart(bench, targets, () => alternating(bench, targets, once));
  const cpusOf = (each: Target): number[] => (results.get(each) ?? []).map(({ cpuMicros }) => cpuMicros);
  const [own, floors] = [cpusOf(target), cpusOf(bench.floor)];
  return atMost({
    row: `${client} to ${driver}: CPU per request ÷ floor`,
    subject: 'gateway',
    measured: `${rounded(median(own))} µs ÷ ${rounded(median(floors))} µs`,
    value: rounded(median(own) / median(floors)),
    bar,
    note: leastDisturbed(own, floors),
  });
}

function profileOf(driver: string): string {
  return `lane-${driver}`;
}

async function configure({ isPlain, direct }: Bench, { admin }: GatewayHandle): Promise<void> {
  const baseUrl = direct.url;
  for (const driver of new Set(LANES.map((lane) => lane.driver))) {
    await addProfile(admin, profileOf(driver), { driver, baseUrl, isPlain });
  }
}
