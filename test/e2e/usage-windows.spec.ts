import { newId } from '../../src/common/ids.js';
import { entryText } from '../../src/journal/entry-text.js';
import type { LedgerEntry } from '../../src/journal/ledger-entry.js';
import type { AttemptRecord, RequestRecord } from '../../src/journal/ledger-record.js';
import { Ledger } from '../../src/usage/ledger.service.js';
import type { UsageWindows } from '../../src/usage/windows.dto.js';
import { ledgerEntry } from '../support/ledger.js';
import { createPlace, createProject, sendAs, type Place, type Send } from '../support/principals.js';
import { startTestApp, type TestApp } from '../support/test-app.js';

const SECOND = 1000;
const HOUR = 3600 * SECOND;

describe('usage lately', () => {
  let gateway: TestApp;
  let place: Place;
  let send: Send;
  const [model, otherModel] = [newId(), newId()];

  beforeAll(async () => {
    gateway = await startTestApp();
    place = await createPlace(gateway);
    send = await sendAs(gateway, 'viewer', place);
    await store([
      entry(10 * SECOND, { model_id: model, cost_picos: 5n, duration_ms: 100 }),
      entry(20 * SECOND, { model_id: model, cost_picos: 6n, duration_ms: 300, outcome: 'timeout' }),
      entry(120 * SECOND, { model_id: otherModel, cost_picos: 100n }),
      entry(0.6 * HOUR, { model_id: model, cost_picos: 7n }, { decision: wished('cheap') }),
      entry(20 * HOUR, { model_id: otherModel, cost_picos: 1000n }, { decision: wished('planning') }),
      entry(30 * HOUR, { model_id: model, cost_picos: 10_000n }),
      entry(10 * SECOND, { model_id: model, project_id: await createProject(gateway.database, place.tenantId) }),
      entry(10 * SECOND, { model_id: model, tenant_id: newId() }),
    ]);
    return () => gateway.close();
  });

  it('is summed over four windows, the dearest first', async () => {
    const { windows } = await get('by=model');
    const shown = windows.map(({ window, items }) => [window, items.map(({ key, requests }) => [key, requests])]);
    expect(shown).toEqual([
      ['1m', [[model, 2]]],
      [
        '5m',
        [
          [otherModel, 1],
          [model, 2],
        ],
      ],
      [
        '1h',
        [
          [otherModel, 1],
          [model, 3],
        ],
      ],
      [
        '24h',
        [
          [otherModel, 2],
          [model, 3],
        ],
      ],
    ]);
    expect(windows[0]!.items[0]).toMatchObject({
      errors: 1,
      errorRate: 0.5,
      costUsd: '0.000000000011',
      used: { inputTokens: 20, outputTokens: 10 },
      latency: { p50: 200 },
    });
  });

  it('is summed by mode, from the wishes that were kept', async () => {
    const { windows } = await get('by=mode');
    const modes = windows.map(({ items }) => items.map(({ key }) => key));
    expect(modes).toEqual([[null], [null], [null, 'cheap'], ['planning', null, 'cheap']]);
  });

  it('has groups by provider and token, and no others', async () => {
    for (const by of ['provider', 'token']) expect((await get(`by=${by}`)).windows[0]!.items).toHaveLength(2);
    expect((await send('GET', '/admin/v1/usage/windows?by=color')).status).toBe(400);
  });

  const wished = (mode: string) =>
    ({ strategy: 'scored', revision: 1, seed: 1, features: { hints: { mode } }, candidates: [] }) as const;

  function entry(agoMs: number, attempt: Partial<AttemptRecord>, request: Partial<RequestRecord> = {}): LedgerEntry {
    const started_at = new Date(Date.now() - agoMs).toISOString();
    const key = { tenant_id: place.tenantId, project_id: place.projectId, request_id: newId() };
    return ledgerEntry({ ...key, started_at, ...attempt }, request);
  }

  async function store(entries: readonly LedgerEntry[]): Promise<void> {
    await gateway.app.get(Ledger, { strict: false }).store(entries.map((each) => Buffer.from(entryText(each))));
  }

  async function get(query: string): Promise<UsageWindows> {
    const response = await send('GET', `/admin/v1/usage/windows?${query}`);
    expect(response.status).toBe(200);
    return (await response.json()) as UsageWindows;
  }
});
