import { join } from 'node:path';
import { withDatabase } from './database.ts';
import { sleep, startScript } from './processes.ts';
import { atLeast, type Bench, type Row } from './rows.ts';
import { rounded } from './statistics.ts';

const ROWS = 60_000;
const BAR = 5000;
const POLL_MS = 200;
const TIMEOUT_MS = 180_000;

/** How fast a gateway that does nothing else moves a journal that was left behind into Postgres. */
export async function ledger({ gateway, scale, log }: Bench): Promise<Row[]> {
  if (!gateway) return [];
  const rows = Math.round(ROWS / scale);
  await gateway.stop();
  await startScript('fill-journal.ts', join(gateway.dataDir, 'journal'), rows).result(TIMEOUT_MS);
  log(`  ${rows} calls journalled`);
  const running = await gateway.restart();
  const rate = await drainRate(gateway.dataDir, rows);
  await running.stop();
  return [
    atLeast({
      row: 'ledger: rows drained into Postgres per second',
      subject: 'gateway',
      measured: `${rows} requests with an attempt each, rollups included; ${Math.round(rate)} requests/s`,
      value: rounded(2 * rate),
      bar: scale > 1 ? null : BAR,
      note: 'a request is two rows, one in `request` and one in `attempt`, beside the rollups it is counted in',
    }),
  ];
}

interface Sample {
  readonly at: number;
  readonly count: number;
}

/** From the first look that finds rows to the one that finds all: the start of the server is not in it. */
async function drainRate(dataDir: string, rows: number): Promise<number> {
  return withDatabase(dataDir, async (client) => {
    const look = async (): Promise<Sample> => {
      const { rows: found } = await client.query<{ count: number }>(
        `select count(*)::int as count from request where user_agent = 'bench'`,
      );
      return { at: performance.now(), count: found[0]?.count ?? 0 };
    };
    const deadline = performance.now() + TIMEOUT_MS;
    let first = await look();
    for (let last = first; ; last = await look()) {
      if (first.count === 0) first = last;
      if (last.count >= rows) return ((last.count - first.count) / (last.at - first.at)) * 1000;
      if (last.at > deadline) throw new Error(`The ledger has ${last.count} of ${rows} rows`);
      await sleep(POLL_MS);
    }
  });
}
