import { apart } from './cores.ts';
import type { GatewayHandle } from './gateway.ts';
import { measure, type LoadResult, type Target } from './measure.ts';
import { alternating, atMost, type Bench, type Row } from './rows.ts';
import { median, rounded } from './statistics.ts';
import { leastDisturbed, ROUND_REQUESTS, WARM_UP_ROUNDS } from './throughput.ts';

const CHAT_BAR = 1.5;
const PROFILE = 'limited';

/**
 * The chat of the first row, with four targets to choose among and three allowances that match; like that one on a gateway
 * that has done nothing else.
 */
export async function limitedChat(bench: Bench): Promise<Row[]> {
  const { floor } = bench;
  if (!bench.gateway) return [];
  const gateway = await bench.startGateway({});
  await configure(gateway);
  const target: Target = { ...gateway.target, name: 'gateway', model: PROFILE };
  const requests = Math.round(ROUND_REQUESTS / bench.scale);
  const load = { promptBytes: 1024, connections: 64, requests };
  await measure('load.ts', target, { ...load, requests: WARM_UP_ROUNDS * requests });
  await measure('load.ts', floor, { ...load, requests: WARM_UP_ROUNDS * requests });
  const once = (each: Target) => measure<LoadResult>('load.ts', each, load);
  const results = await apart(bench, [floor, target], () => alternating(bench, [floor, target], once));
  await gateway.stop();
  const cpusOf = (each: Target): number[] => (results.get(each) ?? []).map(({ cpuMicros }) => cpuMicros);
  const [own, floors] = [cpusOf(target), cpusOf(floor)];
  return [
    atMost({
      row: 'chat 1 KB, 4 targets, 3 allowances: CPU per request ÷ floor',
      subject: 'gateway',
      measured: `${rounded(median(own))} µs ÷ ${rounded(median(floors))} µs`,
      value: rounded(median(own) / median(floors)),
      bar: CHAT_BAR,
      note: leastDisturbed(own, floors),
    }),
  ];
}

/** Limits that are never reached: what is measured is the counting. */
async function configure({ admin }: GatewayHandle): Promise<void> {
  const targets: { model: string; weight: number }[] = [];
  for (let i = 0; i < 4; i++) {
    const model = (await admin('POST', '/models', {
      provider: 'simulator',
      name: `limited-${i}`,
      upstreamId: 'sim-chat',
      operation: 'chat',
      price: { buckets: { input: '0.15', cachedInput: '0.075', output: '0.60' } },
    })) as { id: string };
    targets.push({ model: model.id, weight: i + 1 });
  }
  await admin('PUT', `/profiles/by-name/${PROFILE}`, {
    operation: 'chat',
    targets,
    routing: { strategy: 'weighted' },
  });
  const allowances = [
    { name: 'bench money', scope: 'project', metric: 'money', window: 'month', limit: '1000000' },
    { name: 'bench requests', scope: 'project', metric: 'requests', window: 'minute', limit: '100000000' },
    {
      name: 'bench tokens',
      scope: 'profile',
      subject: PROFILE,
      metric: 'total_tokens',
      window: 'day',
      limit: '1000000000000',
    },
  ];
  for (const allowance of allowances) await admin('POST', '/allowances?project=default', allowance);
}
