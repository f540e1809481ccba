import { newId } from '../../src/common/ids.js';
import { entryText } from '../../src/journal/entry-text.js';
import { DeadWorkers } from '../../src/limits/dead-workers.service.js';
import { Ledger } from '../../src/usage/ledger.service.js';
import { attemptRecord, requestRecord } from '../support/ledger.js';
import { createOwner } from '../support/principals.js';
import { startTestApp, type TestApp } from '../support/test-app.js';

describe('the leases of a worker that is gone with its data directory', () => {
  let gateway: TestApp;
  let tenantId: string;

  beforeAll(async () => {
    gateway = await startTestApp();
    ({ tenantId } = await createOwner(gateway));
    return () => gateway.close();
  });

  /** A worker elsewhere that was granted 100 of a counter, of which it has 60 in use as far as it said. */
  async function deadWorker(metric: 'requests' | 'concurrency', age: string) {
    const [allowance, counter, worker] = [newId(), newId(), newId()];
    await gateway.database.query(
      `insert into allowance (id, tenant_id, name, scope, metric, window_type, limit_amount, thresholds, is_hard, on_postgres_down)
       values ($1::uuid, $2, $1::uuid::text, 'tenant', $3::text, case $3::text when 'requests' then 'total' end, 1000, '{}', true, 'closed')`,
      [allowance, tenantId, metric],
    );
    await gateway.database.query(
      `insert into allowance_worker (id, place, process, started_at, seen_at, expires_at, journal_since)
       values ($1, 'elsewhere', '1-1-1', now() - interval '1 hour', now() - $2::interval,
         now() - $2::interval + interval '10 minutes', now())`,
      [worker, age],
    );
    await gateway.database.query(
      `insert into allowance_counter (id, allowance_id, epoch, subject, window_start) values ($1, $2, 0, '', 'epoch')`,
      [counter, allowance],
    );
    await gateway.database.query(
      `insert into allowance_lease (counter_id, worker_id, granted, settled, held) values ($1, $2, 100, 20, 40)`,
      [counter, worker],
    );
    const standing = async () =>
      (
        await gateway.database.query(
          `select settled, (select sum(granted) from allowance_lease where counter_id = $1) as leased
           from allowance_counter where id = $1`,
          [counter],
        )
      )[0];
    return { worker, counter, standing };
  }

  const takeBack = (isSteady: boolean) => gateway.app.get(DeadWorkers, { strict: false }).takeBack(newId(), isSteady);

  it('are settled from the ledger once it has expired', async () => {
    const { worker, counter, standing } = await deadWorker('requests', '11 minutes');
    const charged = Array.from({ length: 3 }, () => ({
      request: { ...requestRecord([attemptRecord()]), worker_id: worker, charges: { [counter]: 10 } },
      attempts: [],
    }));
    const stranger = { request: { ...requestRecord([]), worker_id: newId(), charges: { [counter]: 5 } }, attempts: [] };
    const entries = [...charged, stranger].map((entry) => Buffer.from(entryText(entry)));
    await gateway.app.get(Ledger, { strict: false }).store(entries);

    await takeBack(true);
    expect(await standing()).toEqual({ settled: '30', leased: null });
    await takeBack(true);
    expect(await standing()).toEqual({ settled: '30', leased: null });
  });

  it('are left alone before that, and after an outage until the living have come back', async () => {
    const silent = await deadWorker('requests', '5 minutes');
    const expired = await deadWorker('requests', '11 minutes');
    await takeBack(false);
    for (const { standing } of [silent, expired]) expect(await standing()).toEqual({ settled: '0', leased: '100' });
    await takeBack(true);
    expect(await silent.standing()).toEqual({ settled: '0', leased: '100' });
    expect(await expired.standing()).toEqual({ settled: '0', leased: null });
  });

  it('are free after half a minute when they are slots', async () => {
    const young = await deadWorker('concurrency', '10 seconds');
    const old = await deadWorker('concurrency', '40 seconds');
    await takeBack(true);
    expect([await young.standing(), await old.standing()]).toEqual([
      { settled: '0', leased: '100' },
      { settled: '0', leased: null },
    ]);
  });
});
