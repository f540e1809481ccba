import { apart } from './cores.ts';
import type { GatewayHandle } from './gateway.ts';
import { measure, type Dialect, type LoadResult, type Target } from './measure.ts';
import { alternating, atMost, type Bench, type Row } from './rows.ts';
import { addProfile } from './setting.ts';
import { median, rounded } from './statistics.ts';
import { leastDisturbed, ROUND_REQUESTS, WARM_UP_ROUNDS } from './throughput.ts';

const PROFILE = 'lane';
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

/** A plain call of 1 KB in each client's dialect, to upstreams that speak it and to others; each on a gateway of its own. */
export async function lanes(bench: Bench): Promise<Row[]> {
  const rows: Row[] = [];
  for (const lane of bench.isGatewayWanted ? LANES : []) {
    const gateway = await bench.startGateway();
    rows.push(await row(bench, gateway, lane));
    await gateway.stop(1);
  }
  return rows;
}

async function row(bench: Bench, gateway: GatewayHandle, { client, driver, bar }: Lane): Promise<Row> {
  const { isPlain, direct } = bench;
  await addProfile(gateway.admin, PROFILE, { driver, baseUrl: direct.url, isPlain });
  const target: Target = { ...gateway.target, model: PROFILE };
  const load = { promptBytes: 1024, connections: 64, requests: Math.round(ROUND_REQUESTS / bench.scale) };
  const once = (each: Target, requests = load.requests) =>
    measure<LoadResult>('load.ts', each, { ...load, requests, ...(each === target ? { dialect: client } : {}) });
  const targets = [bench.floor, target];
  const results = await apart(bench, targets, async () => {
    for (const each of targets) await once(each, WARM_UP_ROUNDS * load.requests); // a cold floor would flatter the gateway
    return alternating(bench, targets, once);
  });
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
