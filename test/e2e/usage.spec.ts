import { newId } from '../../src/common/ids.js';
import { formatUsd } from '../../src/common/money.js';
import { entryText } from '../../src/journal/entry-text.js';
import type { LedgerEntry } from '../../src/journal/ledger-entry.js';
import type { AttemptRecord, RequestRecord } from '../../src/journal/ledger-record.js';
import { Ledger } from '../../src/usage/ledger.service.js';
import type { UsageBreakdown, UsageSeries, UsageTotals } from '../../src/usage/usage.dto.js';
import { ledgerEntry } from '../support/ledger.js';
import { createPlace, createProject, sendAs, type Place, type Send } from '../support/principals.js';
import { startTestApp, type TestApp } from '../support/test-app.js';

describe('usage', () => {
  let gateway: TestApp;
  let place: Place;
  let send: Send;

  beforeAll(async () => void (gateway = await startTestApp({ config: { WAGGLE_LEDGER_MONTHS: '1200' } })));
  afterAll(() => gateway.close());
  beforeEach(async () => {
    place = await createPlace(gateway);
    send = await sendAs(gateway, 'viewer', place);
  });

  it('sums requests, errors, tokens and cost exactly', async () => {
    await store([
      entry({ cost_picos: 1n }),
      entry({ cost_picos: 10n ** 17n, input_tokens: 7, cached_input_tokens: 3 }),
      entry({ cost_picos: null, usage_source: 'estimated', outcome: 'cut' }),
      entry({ cost_picos: 0n, usage_source: 'none', input_tokens: 0, output_tokens: 0, outcome: 'cancelled' }),
      rejected(),
    ]);
    expect(await get<UsageTotals>('totals')).toMatchObject({
      requests: 5,
      errors: 2,
      cancelled: 1,
      errorRate: 0.4,
      attempts: 4,
      unpriced: 1,
      estimated: 1,
      costUsd: '100000.000000000001',
      used: { inputTokens: 27, cachedInputTokens: 3, outputTokens: 15 },
    });
  });

  it('reads latency percentiles within a tenth', async () => {
    const entries = Array.from({ length: 200 }, (_, i) => entry({ duration_ms: (i + 1) * 10, first_byte_ms: i + 1 }));
    await store(entries);
    const { latency, firstByte } = await get<UsageTotals>('totals');
    for (const [read, truth] of [
      [latency.p50, 1000],
      [latency.p95, 1900],
      [latency.p99, 1980],
      [firstByte.p50, 100],
      [firstByte.p95, 190],
    ] as const) {
      expect(Math.abs(read! / truth - 1)).toBeLessThan(0.1);
    }
  });

  it.each(['UTC', 'Europe/Zurich', 'America/New_York', 'Asia/Kathmandu', 'Pacific/Chatham', 'America/St_Johns'])(
    'counts the days of %s, over a change of clocks',
    async (timeZone) => {
      const [from, to] = [Date.parse('2026-10-22T00:00:00Z'), Date.parse('2026-11-05T00:00:00Z')];
      const times = Array.from({ length: 300 }, () => new Date(from + Math.floor(Math.random() * (to - from))));
      await store(times.map((time) => entry({ started_at: time.toISOString() })));
      const query = `interval=day&timeZone=${timeZone}&from=2026-10-22&to=2026-11-05`;
      const { items } = await get<UsageSeries>(`series?${query}`);
      const days = items.map(({ start, requests }) => [dayIn(timeZone, new Date(start)), requests]);
      const expected = new Map(days.map(([day]) => [day, 0] as [string, number]));
      for (const time of times) expected.set(dayIn(timeZone, time), expected.get(dayIn(timeZone, time))! + 1);
      expect(days).toEqual([...expected]);
      expect(items.every(({ start }) => isMidnight(timeZone, new Date(start)))).toBe(true);
      const filtered = await get<UsageSeries>(`series?${query}&operation=chat`); // read from finer sums
      expect(filtered.items).toEqual(items);
    },
  );

  it('sums ranges and months that begin and end anywhere, whether read by day or by quarter hour', async () => {
    const quarterHour = 900_000;
    const start = Date.parse('2026-09-28T00:00:00Z');
    const times = Array.from({ length: 400 }, () => start + Math.floor(Math.random() * 6 * 86_400_000));
    await store(times.map((time) => entry({ started_at: new Date(time).toISOString(), first_byte_ms: null })));
    const within = (from: number, to: number): number => times.filter((time) => time >= from && time < to).length;
    for (let round = 0; round < 12; round++) {
      const [a, b] = [Math.floor(Math.random() * 576), Math.floor(Math.random() * 576)];
      const [from, to] = [start + Math.min(a, b) * quarterHour, start + (Math.max(a, b) + 1) * quarterHour];
      const range = `from=${new Date(from).toISOString()}&to=${new Date(to).toISOString()}`;
      expect(await get<UsageTotals>(`totals?${range}`)).toMatchObject({ requests: within(from, to) });
      const { items } = await get<UsageBreakdown>(`breakdown?by=project&${range}`);
      expect(items.reduce((sum, { requests }) => sum + requests, 0)).toBe(within(from, to));
    }
    for (const [timeZone, border] of [
      ['UTC', '2026-10-01T00:00:00Z'],
      ['Asia/Kathmandu', '2026-09-30T18:15:00Z'],
      ['America/New_York', '2026-10-01T04:00:00Z'],
    ] as const) {
      const query = `interval=month&timeZone=${timeZone}&from=2026-09-20&to=2026-10-15`;
      const { items } = await get<UsageSeries>(`series?${query}`);
      const october = Date.parse(border);
      expect(items.map(({ requests }) => requests)).toEqual([within(0, october), within(october, Infinity)]);
      expect(items.every(({ latency }) => latency.p50 !== null)).toBe(true);
    }
  });

  it('has every hour of a day with 25 of them', async () => {
    await store([
      entry({ started_at: '2026-10-25T00:30:00Z' }), // 02:30, the first time
      entry({ started_at: '2026-10-25T01:30:00Z' }), // 02:30, the second time
    ]);
    const query = 'interval=hour&timeZone=Europe/Berlin&from=2026-10-24T22:00:00Z&to=2026-10-25T23:00:00Z';
    const { items } = await get<UsageSeries>(`series?${query}`);
    expect(items).toHaveLength(25);
    expect(items.flatMap(({ requests }, hour) => (requests > 0 ? [[hour, requests]] : []))).toEqual([
      [2, 1],
      [3, 1],
    ]);
  });

  it('begins the hours of a zone that is off by 45 minutes where they begin there', async () => {
    await store([entry({ started_at: '2026-11-01T10:20:00Z' })]);
    const query = 'interval=hour&timeZone=Asia/Kathmandu&from=2026-11-01T10:20:00Z&to=2026-11-01T10:21:00Z';
    const { items } = await get<UsageSeries>(`series?${query}`);
    expect(items).toMatchObject([{ start: '2026-11-01T10:15:00.000Z', requests: 1 }]);
  });

  it('reads minutes from the rows', async () => {
    await store([
      entry({ started_at: '2026-11-01T10:01:59.999Z', duration_ms: 70, cost_picos: 5n }),
      entry({ started_at: '2026-11-01T10:03:00.000Z' }),
    ]);
    const { items } = await get<UsageSeries>(
      'series?interval=minute&from=2026-11-01T10:00:00Z&to=2026-11-01T10:04:00Z',
    );
    expect(items.map(({ requests }) => requests)).toEqual([0, 1, 0, 1]);
    expect(items[1]).toMatchObject({ attempts: 1, costUsd: formatUsd(5n), latency: { p50: 70, p99: 70 } });
  });

  it('has months, with zeros where nothing happened', async () => {
    await store([entry({ started_at: '2026-03-31T22:30:00Z' })]);
    const { items } = await get<UsageSeries>(
      'series?interval=month&timeZone=Europe/Berlin&from=2026-02-10&to=2026-05-02',
    );
    expect(items.map(({ start, requests }) => [start, requests])).toEqual([
      ['2026-01-31T23:00:00.000Z', 0],
      ['2026-02-28T23:00:00.000Z', 0],
      ['2026-03-31T22:00:00.000Z', 1],
      ['2026-04-30T22:00:00.000Z', 0],
    ]);
  });

  it('breaks down by every dimension, the dearest first', async () => {
    const [cheap, dear] = [newId(), newId()];
    await store([
      entry({ provider_id: cheap, cost_picos: 1n }),
      entry({ provider_id: dear, cost_picos: 3n }),
      entry({ provider_id: dear, cost_picos: 4n }),
    ]);
    const { items } = await get<UsageBreakdown>('breakdown?by=provider');
    expect(items.map(({ key, requests, costUsd }) => [key, requests, costUsd])).toEqual([
      [dear, 2, formatUsd(7n)],
      [cheap, 1, formatUsd(1n)],
    ]);
    expect(items[0]!.latency.p50).toBeGreaterThan(0);
    for (const by of ['token', 'profile', 'model', 'operation', 'project']) {
      const shares = await get<UsageBreakdown>(`breakdown?by=${by}`);
      expect(shares.items.reduce((sum, { requests }) => sum + requests, 0)).toBe(3);
    }
    expect((await get<UsageBreakdown>('breakdown?by=project')).items).toMatchObject([{ name: 'default' }]);
  });

  it('breaks down by a metadata key', async () => {
    await store([
      entry({ cost_picos: 5n }, { metadata: { team: 'a', env: 'x' } }),
      entry({ cost_picos: 6n }, { metadata: { team: 'b' } }),
      entry({ cost_picos: 7n }, { metadata: { team: 'a' } }),
      entry(),
    ]);
    const { items } = await get<UsageBreakdown>('breakdown?by=metadata:team');
    expect(items.map(({ key, requests, costUsd }) => [key, requests, costUsd])).toEqual([
      ['a', 2, formatUsd(12n)],
      ['b', 1, formatUsd(6n)],
    ]);
  });

  it('has percentiles for each value of a metadata key', async () => {
    await store([
      ...[10, 20, 30].map((ms) => entry({ duration_ms: ms * 10, first_byte_ms: ms }, { metadata: { team: 'a' } })),
      entry({ duration_ms: 9000, first_byte_ms: null }, { metadata: { team: '' } }),
    ]);
    const { items } = await get<UsageBreakdown>('breakdown?by=metadata:team');
    const a = items.find(({ key }) => key === 'a')!;
    expect(a.latency.p50! / 200).toBeCloseTo(1, 0.5);
    expect(a.firstByte.p50! / 20).toBeCloseTo(1, 0.5);
    const nameless = items.find(({ key }) => key === '')!;
    expect(nameless).toMatchObject({ name: null, requests: 1, firstByte: { p50: null } });
    expect(nameless.latency.p99! / 9000).toBeCloseTo(1, 0.5);
  });

  it('filters by token, profile, model, provider, operation and project', async () => {
    const wanted = { token_id: newId(), profile_id: newId(), model_id: newId(), provider_id: newId() };
    await store([entry(wanted), entry({ operation: 'embeddings' })]);
    for (const [name, id] of Object.entries(wanted)) {
      expect(await get<UsageTotals>(`totals?${name.replace('_id', '')}=${id}`)).toMatchObject({
        requests: 1,
        attempts: 1,
      });
    }
    expect(await get<UsageTotals>('totals?operation=embeddings')).toMatchObject({ requests: 1 });
    expect(await get<UsageTotals>('totals?project=default')).toMatchObject({ requests: 2 });
  });

  it('shows nothing of other tenants and projects', async () => {
    await store([entry(), entry({ project_id: newId() })]);
    const otherProject = await createProject(gateway.database, place.tenantId);
    for (const stranger of [
      await sendAs(gateway, 'owner', await createPlace(gateway)),
      await sendAs(gateway, 'viewer', { tenantId: place.tenantId, projectId: otherProject }),
    ]) {
      expect(await get<UsageTotals>('totals', stranger)).toMatchObject({ requests: 0, attempts: 0, costUsd: '0' });
      expect((await get<UsageBreakdown>('breakdown?by=token', stranger)).items).toEqual([]);
      const { items } = await get<UsageSeries>('series?interval=minute', stranger);
      expect(items.reduce((sum, { requests }) => sum + requests, 0)).toBe(0);
      expect((await stranger('GET', `/admin/v1/tokens/${newId()}/usage`)).status).toBe(404);
    }
  });

  it('answers CSV when asked by format or by Accept', async () => {
    await store([entry({ cost_picos: 250_000_000_000n })]);
    const asFormat = await send('GET', '/admin/v1/usage/breakdown?by=operation&format=csv');
    const asAccepted = await send('GET', '/admin/v1/usage/breakdown?by=operation', undefined, {
      headers: { accept: 'text/csv' },
    });
    expect(asFormat.headers.get('content-type')).toContain('text/csv');
    const text = await asFormat.text();
    expect(await asAccepted.text()).toBe(text);
    const [header, row] = text.split('\r\n').map((line) => line.split(','));
    expect(row![header!.indexOf('key')]).toBe('chat');
    expect(row![header!.indexOf('costUsd')]).toBe('0.25');
    expect(header).toContain('latencyP95');
  });

  it.each([
    'totals?from=2026-01-02&to=2026-01-01',
    'series?interval=minute&from=2026-01-01&to=2026-01-03',
    'series?interval=week',
    'series?timeZone=Mars/Base',
    'series?timeZone=%2B02:00',
    'breakdown',
    'breakdown?by=secret',
    `breakdown?by=metadata:team&token=${newId()}`,
  ])('refuses %s', async (path) => {
    const answer = await send('GET', `/admin/v1/usage/${path}`);
    expect(answer.status).toBe(400);
  });

  function entry(attempt: Partial<AttemptRecord> = {}, request: Partial<RequestRecord> = {}): LedgerEntry {
    return ledgerEntry({ tenant_id: place.tenantId, project_id: place.projectId, ...attempt }, request);
  }

  function rejected(): LedgerEntry {
    const { request } = entry({ outcome: 'rate_limited' });
    return { request: { ...request!, attempts: 0 }, attempts: [] };
  }

  async function store(entries: readonly LedgerEntry[]): Promise<void> {
    await gateway.app.get(Ledger).store(entries.map((given) => Buffer.from(entryText(given))));
  }

  async function get<T>(path: string, as: Send = send): Promise<T> {
    const answer = await as('GET', `/admin/v1/usage/${path}`);
    expect(answer.status).toBe(200);
    return (await answer.json()) as T;
  }
});

function dayIn(timeZone: string, time: Date): string {
  return new Intl.DateTimeFormat('en-CA', { timeZone }).format(time);
}

function isMidnight(timeZone: string, time: Date): boolean {
  return new Intl.DateTimeFormat('en-GB', { timeZone, timeStyle: 'medium' }).format(time) === '00:00:00';
}
