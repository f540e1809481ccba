import { newId } from '../../src/common/ids.js';
import { entryText } from '../../src/journal/entry-text.js';
import type { LedgerEntry } from '../../src/journal/ledger-entry.js';
import { Ledger } from '../../src/usage/ledger.service.js';
import type { UsageBreakdown } from '../../src/usage/usage.dto.js';
import { ledgerEntry } from '../support/ledger.js';
import { createPlace, sendAs, type Place, type Send } from '../support/principals.js';
import { startTestApp, type TestApp } from '../support/test-app.js';

const MOST = 100;
const BATCH = 1000;
/** All in one quarter hour, whenever the test runs. */
const STARTED_AT = new Date(Date.now() - (Date.now() % 900_000)).toISOString();
/** So that the processes meet in the same rows. */
const SHARED = { token_id: newId(), profile_id: newId(), provider_id: newId(), model_id: newId() };

describe('sums by metadata', () => {
  let gateway: TestApp;
  let second: TestApp;
  let place: Place;
  let viewer: Send;

  beforeAll(async () => {
    const config = {
      WAGGLE_METADATA_VALUES: String(MOST),
      WAGGLE_MASTER_KEY: 'ab'.repeat(32),
      WAGGLE_LOG_LEVEL: 'fatal',
    };
    gateway = await startTestApp({ config });
    second = await startTestApp({ config, database: gateway.database });
  });
  afterAll(async () => {
    await second?.close();
    await gateway?.close();
  });
  beforeEach(async () => {
    place = await createPlace(gateway);
    viewer = await sendAs(gateway, 'viewer', place);
  });

  it('tell the first values apart and add up the rest of 10,000, whichever of two processes stores them', async () => {
    const entries = Array.from({ length: 10_000 }, (_, i) => entry(`user-${i}`, BigInt(i)));
    const halves = [entries.filter((_, i) => i % 2 === 0), entries.filter((_, i) => i % 2 === 1)];
    await Promise.all(halves.map((half, i) => storeAll(half, [gateway, second][i]!)));

    const { items } = await breakdown();
    expect(items).toHaveLength(MOST + 1);
    expect(items.reduce((sum, { requests }) => sum + requests, 0)).toBe(10_000);
    expect(items.reduce((sum, { costUsd }) => sum + picos(costUsd), 0n)).toBe((9_999n * 10_000n) / 2n);
    const other = items.find(({ key }) => key === null);
    expect(other).toMatchObject({ name: 'other', requests: 10_000 - MOST, latency: { p50: expect.any(Number) } });
    expect(await rowsIn('usage_metadata_rollup')).toBe(MOST + 1);
    expect(await rowsIn('usage_metadata_latency')).toBe(2 * (MOST + 1));
  });

  it('leave no value out that has room, when several processes find new ones at once', async () => {
    const batches = Array.from({ length: 8 }, (_, i) =>
      Array.from({ length: MOST / 4 }, (__, j) => entry(`v${(i * MOST) / 8 + j}`)),
    );
    await Promise.all(batches.map((batch, i) => storeAll(batch, [gateway, second][i % 2]!)));
    const { items } = await breakdown();
    const distinct = new Set(batches.flat().map(({ request }) => request!.metadata!['user']));
    expect(distinct.size).toBeGreaterThan(MOST);
    expect(items.filter(({ key }) => key !== null)).toHaveLength(MOST);
    expect(items.reduce((sum, { requests }) => sum + requests, 0)).toBe(batches.flat().length);
  });

  it('go on with the values that they know once there is no room, also those of a batch that comes twice', async () => {
    const known = Array.from({ length: MOST }, (_, i) => entry(`user-${i}`));
    await storeAll(known, gateway);
    await storeAll([...known, entry('late'), entry('user-7'), entry('other')], second);
    const { items } = await breakdown();
    expect(items).toHaveLength(MOST + 1);
    expect(items.find(({ key }) => key === 'user-7')).toMatchObject({ requests: 2 });
    expect(items.find(({ key }) => key === null)).toMatchObject({ name: 'other', requests: 2 });
  });

  it('have a bound for each key, project and quarter hour of their own', async () => {
    const full = Array.from({ length: MOST + 5 }, (_, i) => entry(`user-${i}`));
    const inOther = { ...place, projectId: newId() };
    const earlier = new Date(Date.parse(STARTED_AT) - 900_000).toISOString();
    await storeAll(
      [
        ...full,
        entry('elsewhere', 0n, { project_id: inOther.projectId }),
        entry('earlier', 0n, { started_at: earlier }),
        ledgerEntry(keys(), { metadata: { team: 'a' } }),
      ],
      gateway,
    );
    const { items } = await breakdown();
    expect(items.map(({ key }) => key)).toContain('earlier');
    expect(await rowsIn('usage_metadata_rollup')).toBe(MOST + 1 + 3);
  });

  function keys(): object {
    return { tenant_id: place.tenantId, project_id: place.projectId, started_at: STARTED_AT, ...SHARED };
  }

  function entry(user: string, cost_picos = 0n, given: object = {}): LedgerEntry {
    return ledgerEntry({ ...keys(), cost_picos, ...given }, { metadata: { user } });
  }

  async function storeAll(entries: readonly LedgerEntry[], by: TestApp): Promise<void> {
    for (let i = 0; i < entries.length; i += BATCH) {
      const batch = entries.slice(i, i + BATCH).map((given) => Buffer.from(entryText(given)));
      await by.app.get(Ledger).store(batch);
    }
  }

  async function breakdown(): Promise<UsageBreakdown> {
    const answer = await viewer('GET', '/admin/v1/usage/breakdown?by=metadata:user&limit=1000');
    expect(answer.status).toBe(200);
    return (await answer.json()) as UsageBreakdown;
  }

  async function rowsIn(table: string): Promise<number> {
    const sql = `select count(*)::int as count from ${table} where tenant_id = $1`;
    const [row] = await gateway.database.query<{ count: number }>(sql, [place.tenantId]);
    return row!.count;
  }
});

/** A cost in pUSD, exact. */
function picos(usd: string): bigint {
  const [whole, rest = ''] = usd.split('.');
  return BigInt(whole!) * 10n ** 12n + BigInt(rest.padEnd(12, '0'));
}
