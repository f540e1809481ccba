import type { GatewayHandle } from './gateway.ts';
import { measure } from './measure.ts';
import { sleep } from './processes.ts';
import { atMost, type Bench, type Row } from './rows.ts';
import { rounded } from './statistics.ts';

const PEAK_BAR_MB = 400;
const SETTLED_BAR = 1.2;
const IDLE_BAR_MB = 160;
const START_BAR_SECONDS = 3;
const SETTLE_MS = 30_000;

/**
 * A second start on the same data: how long until it answers, and what it takes while it has nothing to do. Then 500
 * calls of 150 KB at once, all of them waiting for a slow upstream: the peak, and whether it goes away.
 */
export async function memory(bench: Bench): Promise<Row[]> {
  if (!bench.gateway) return [];
  await bench.gateway.stop();
  const gateway = await bench.gateway.restart();
  await sleep(3000);
  const idle = gateway.target.child.memory('VmRSS');
  const rows = [...startRows(gateway.startSeconds, idle), ...(await largeConcurrent(bench, gateway, idle))];
  await gateway.stop();
  return rows;
}

function startRows(seconds: number, idle: number): Row[] {
  return [
    atMost({
      row: 'start to first answer, s',
      subject: 'gateway',
      measured: `${rounded(seconds)} s, Postgres initialised before`,
      value: rounded(seconds),
      bar: START_BAR_SECONDS,
    }),
    atMost({
      row: 'idle RSS, MiB',
      subject: 'gateway',
      measured: `${rounded(idle)} MiB, without Postgres`,
      value: rounded(idle),
      bar: IDLE_BAR_MB,
    }),
  ];
}

async function largeConcurrent({ scale }: Bench, { target }: GatewayHandle, idle: number): Promise<Row[]> {
  const { child } = target;
  const connections = Math.round(500 / Math.sqrt(scale));
  child.resetPeak();
  const directives = 'delayMs=3000';
  await measure('load.ts', target, { promptBytes: 150 * 1024, directives, connections, requests: connections });
  const peak = child.memory('VmHWM');
  const settleMs = scale > 1 ? SETTLE_MS / 10 : SETTLE_MS;
  await sleep(settleMs);
  const settled = child.memory('VmRSS');
  const name = `150 KB × ${connections} concurrent`;
  return [
    atMost({
      row: `${name}: peak RSS, MiB`,
      subject: 'gateway',
      measured: `${rounded(peak)} MiB, idle ${rounded(idle)} MiB`,
      value: rounded(peak),
      bar: PEAK_BAR_MB,
      isSteady: true,
    }),
    atMost({
      row: `${name}: RSS after ${settleMs / 1000} s ÷ idle`,
      subject: 'gateway',
      measured: `${rounded(settled)} MiB ÷ ${rounded(idle)} MiB`,
      value: rounded(settled / idle),
      bar: scale > 1 ? null : SETTLED_BAR,
    }),
  ];
}
