import fc from 'fast-check';
import { readdir, readFile } from 'node:fs/promises';
import { newId } from '../../src/common/ids.js';
import { entryText } from '../../src/journal/entry-text.js';
import { migrate, migrationStatus, revertMigrations } from '../../src/database/migrate.js';
import { Journal } from '../../src/journal/journal.js';
import type { LedgerEntry } from '../../src/journal/ledger-entry.js';
import { Drain } from '../../src/usage/drain.service.js';
import { Ledger } from '../../src/usage/ledger.service.js';
import { Months } from '../../src/usage/months.service.js';
import { attemptRecord, ledgerEntry, requestRecord } from '../support/ledger.js';
import { startTestApp, type TestApp } from '../support/test-app.js';
import { runs } from '../support/runs.js';

const CONFIG = { WAGGLE_LEDGER_MONTHS: '2', WAGGLE_LOG_LEVEL: 'fatal', WAGGLE_MASTER_KEY: 'ab'.repeat(32) };

const METADATA_TABLES =
  'usage_metadata_rollup, usage_metadata_latency, usage_metadata_rollup_day, usage_metadata_latency_day';

describe('the ledger', () => {
  let gateway: TestApp;
  let ledger: Ledger;

  beforeAll(async () => {
    gateway = await startTestApp({ config: CONFIG });
    ledger = gateway.app.get(Ledger);
  });
  afterAll(() => gateway.close());
  beforeEach(async () => {
    await gateway.database.query(
      `truncate request, attempt, usage_rollup, usage_rollup_day, usage_latency, usage_latency_day, usage_project_rollup, usage_project_latency, ${METADATA_TABLES}, request_payload`,
    );
  });

  it('gets what is appended to the journal', async () => {
    const entry = ledgerEntry({ cost_picos: 123_456_789_012_345_678_901n }, { metadata: { team: 'a' } });
    await gateway.app.get(Journal).append(entry);
    await gateway.app.get(Drain).drain();
    const [row] = await gateway.database.query<{ record: object }>(`select to_jsonb(request) as record from request`);
    const [attempt] = await gateway.database.query(`select id, request_id, cost_picos from attempt`);
    expect(row!.record).toMatchObject({
      id: entry.request!.id,
      tenant_id: entry.request!.tenant_id,
      metadata: { team: 'a' },
    });
    expect(attempt).toEqual({
      id: entry.attempts[0]!.id,
      request_id: entry.request!.id,
      cost_picos: '123456789012345678901',
    });
    expect(gateway.app.get(Journal).waitingBytes).toBe(0);
  });

  it('counts each row once, however batches are cut, repeated and shuffled, and sums are those of the rows', async () => {
    const keys = Array.from({ length: 2 }, () => ({
      tenant_id: newId(),
      project_id: newId(),
      token_id: newId(),
      provider_id: newId(),
    }));
    const attempt = fc.record({
      key: fc.constantFrom(...keys),
      outcome: fc.constantFrom('ok' as const, 'cut' as const, 'cancelled' as const),
      cost_picos: fc.option(fc.bigInt({ min: 0n, max: 10n ** 18n })),
      input_tokens: fc.nat(100_000),
      usage_source: fc.constantFrom('provider' as const, 'estimated' as const, 'none' as const),
      minutes: fc.nat(59),
    });
    const request = fc.record({ attempts: fc.array(attempt, { maxLength: 3 }), team: fc.constantFrom('a', 'b') });
    const plan = fc.record({
      requests: fc.array(request, { minLength: 1, maxLength: 12 }),
      order: fc.array(fc.array(fc.nat(1000), { minLength: 1, maxLength: 20 }), { maxLength: 6 }),
    });
    await fc.assert(
      fc.asyncProperty(plan, async ({ requests, order }) => {
        await gateway.database.query(
          `truncate request, attempt, usage_rollup, usage_rollup_day, usage_latency, usage_latency_day, usage_project_rollup, usage_project_latency, ${METADATA_TABLES}`,
        );
        const entries = requests.map(({ attempts, team }) => entryOf(attempts, team));
        for (const batch of order) await store(batch.map((index) => entries[index % entries.length]!));
        await store(entries);
        await Promise.all([store(entries), store(entries.toReversed())]);
        expect(await sumsOfRollups()).toEqual(await sumsOfRows());
        const [{ requests: count }] = (await gateway.database.query<{ requests: string }>(
          `select count(*) as requests from request`,
        )) as [{ requests: string }];
        expect(Number(count)).toBe(entries.length);
      }),
      { numRuns: runs(15) },
    );
  });

  it('makes the same rows of an entry that leaves out what is usual as of one that says everything', async () => {
    const attempt = attemptRecord({
      cached_input_tokens: 3,
      is_streamed: true,
      error_code: null,
      upstream_request_id: 'r-1',
    });
    const given = { metadata: { team: 'a' }, user_agent: 'curl "8"', first_byte_ms: 12.5 };
    const calls = [
      { request: requestRecord([attempt], given), attempts: [attempt] },
      { request: requestRecord([]), attempts: [] },
    ];
    const short = calls.map((entry) => Buffer.from(entryText(entry)));
    const long = calls.map((entry) =>
      Buffer.from(JSON.stringify(entry, (_, value: unknown) => (typeof value === 'bigint' ? Number(value) : value))),
    );
    expect(short[0]!.length).toBeLessThan(long[0]!.length / 1.5);
    expect(await rowsOf(short)).toEqual(await rowsOf(long));
  });

  it('puts the entries that Postgres refuses aside, and stores the others', async () => {
    const good = Array.from({ length: 7 }, () => ledgerEntry());
    const bad = ledgerEntry({ input_tokens: 1.5 });
    expect(await store([...good.slice(0, 3), bad, ...good.slice(3)])).toEqual({
      requests: 7,
      attempts: 7,
      rejected: 1,
    });
    const folder = gateway.config.dataPath('journal', 'rejected');
    const [file] = await readdir(folder);
    const line = JSON.parse(await readFile(`${folder}/${file}`, 'utf8')) as { entry: LedgerEntry; reason: string };
    expect(line.entry.request!.id).toBe(bad.request!.id);
    expect(line.reason).toContain('1.5');
  });

  it('makes the month that an entry needs, but none that is no longer kept', async () => {
    const lastMonth = monthsAgo(1);
    const longAgo = monthsAgo(5);
    const answer = await store([ledgerEntry({ started_at: lastMonth }), ledgerEntry({ started_at: longAgo })]);
    expect(answer).toEqual({ requests: 1, attempts: 1, rejected: 1 });
  });

  it('drops whole months, and keeps their sums', async () => {
    await store([ledgerEntry({ started_at: monthsAgo(2) }), ledgerEntry()]);
    const inTwoMonths = new Date(Date.parse(monthsAgo(-2)));
    expect(await gateway.app.get(Months).dropOld(inTwoMonths)).not.toEqual([]);
    expect(await gateway.database.query(`select count(*)::int as count from request`)).toEqual([{ count: 1 }]);
    expect(await gateway.database.query(`select sum(requests)::int as count from usage_rollup`)).toEqual([
      { count: 2 },
    ]);
  });

  it('has the same sums by day of metadata, whether the drain or the migration made them', async () => {
    const key = { tenant_id: newId(), project_id: newId() };
    const times = ['02T00:00', '02T11:10', '02T23:59', '03T00:00', '04T12:00'];
    const entries = times.flatMap((time) =>
      ['a', 'b', 'b'].map((team, i) =>
        ledgerEntry(
          { ...key, started_at: `${monthsAgo(1).slice(0, 8)}${time}:00Z`, first_byte_ms: i === 0 ? null : 20 * i },
          { metadata: { team, user: `${team}-${time}` } },
        ),
      ),
    );
    await store(entries);
    const drained = await sumsByDayOfMetadata();
    const { applied } = await migrationStatus(gateway.database.url);
    const since = applied.findIndex((name) => name.startsWith('MetadataDays'));
    await revertMigrations(gateway.database.url, applied.length - since);
    await migrate(gateway.database.url);
    expect(await sumsByDayOfMetadata()).toEqual(drained);
    expect(drained.rollups).toHaveLength(3 * 2 + times.length * 2);
  });

  it('keeps a capture for as long as its project says', async () => {
    const [tenantId, projectId] = [newId(), newId()];
    await gateway.database.query(`insert into tenant (id, name) values ($1, 'captured')`, [tenantId]);
    await gateway.database.query(
      `insert into project (id, tenant_id, name, capture, capture_days) values ($1, $2, 'p', 'full', 3)`,
      [projectId, tenantId],
    );
    const entry = ledgerEntry({ tenant_id: tenantId, project_id: projectId });
    await store([{ ...entry, payload: 'c2VhbGVk' }]);
    const rows = await gateway.database.query(
      `select request_id, ciphertext, expires_at - now() > interval '2 days 23 hours' as is_kept from request_payload`,
    );
    expect(rows).toEqual([{ request_id: entry.request!.id, ciphertext: 'c2VhbGVk', is_kept: true }]);
  });

  it('takes the texts that jsonb would refuse', async () => {
    await store([ledgerEntry({ upstream_model: 'a\0b\ud800' })]);
    expect(await gateway.database.query(`select upstream_model from attempt`)).toEqual([
      { upstream_model: 'ab\ufffd' },
    ]);
  });

  it('takes entries of a journal that was written before a count existed', async () => {
    const text = entryText(ledgerEntry({}, { metadata: { team: 'bees' } }));
    const older = text.replaceAll(/"(searches|image_(in|out)put_tokens)":0,?/g, '').replaceAll(',}', '}');
    expect(JSON.parse(older)).not.toMatchObject({ request: { searches: 0 } });
    expect(await ledger.store([Buffer.from(older)])).toMatchObject({ requests: 1, attempts: 1, rejected: 0 });
    const [row] = await gateway.database.query(`select input_tokens::int, searches::int from usage_rollup`);
    expect(row).toEqual({ input_tokens: 10, searches: 0 });
  });

  it('drains what is left when the app stops', async () => {
    const second = await startTestApp({ config: CONFIG, database: gateway.database });
    const journal = second.app.get(Journal);
    for (let i = 0; i < 100; i++) void journal.append(ledgerEntry());
    await second.close();
    expect(await gateway.database.query(`select count(*)::int as count from request`)).toEqual([{ count: 100 }]);
  });

  function store(entries: readonly LedgerEntry[]): Promise<object> {
    return ledger.store(entries.map((entry) => Buffer.from(entryText(entry))));
  }

  /** The rows that these entries become, with every column. */
  async function rowsOf(entries: readonly Buffer[]): Promise<unknown> {
    await gateway.database.query(`truncate request, attempt`);
    await ledger.store(entries);
    const requests = await gateway.database.query(`select to_jsonb(request) as row from request order by id`);
    const attempts = await gateway.database.query(`select to_jsonb(attempt) as row from attempt order by id`);
    return { requests, attempts };
  }

  async function sumsByDayOfMetadata(): Promise<{ rollups: object[]; bins: object[] }> {
    const order = 'order by key, bucket_start, value';
    return {
      rollups: await gateway.database.query(`select * from usage_metadata_rollup_day ${order}`),
      bins: await gateway.database.query(`select * from usage_metadata_latency_day ${order}, bin`),
    };
  }

  async function sumsOfRollups(): Promise<object> {
    const [row] = await gateway.database.query(`
      select sum(requests)::int as requests, sum(errors)::int as errors, sum(cancelled)::int as cancelled,
        sum(attempts)::int as attempts, sum(unpriced)::int as unpriced, sum(estimated)::int as estimated,
        sum(input_tokens)::text as input_tokens, trim_scale(sum(cost_picos))::text as cost_picos,
        (select sum(requests)::int from usage_rollup_day) as day_requests,
        (select sum(attempts)::int from usage_rollup_day) as day_attempts,
        (select sum(durations)::int from usage_latency_day) as day_durations,
        (select sum(requests)::int from usage_project_rollup) as project_requests,
        (select trim_scale(sum(cost_picos))::text from usage_project_rollup) as project_cost,
        (select sum(durations)::int from usage_project_latency) as project_durations,
        (select sum(durations)::int from usage_latency) as durations,
        (select sum(first_bytes)::int from usage_latency) as first_bytes,
        (select sum(requests)::int from usage_metadata_rollup) as metadata_requests,
        (select sum(requests)::int from usage_metadata_rollup_day) as metadata_day_requests,
        (select sum(durations)::int from usage_metadata_latency_day) as metadata_day_durations
      from usage_rollup`);
    const buckets = await gateway.database.query(`
      select bucket_start, tenant_id, sum(requests)::int as requests, sum(attempts)::int as attempts
      from usage_rollup group by 1, 2 order by 1, 2`);
    return { ...row, buckets };
  }

  async function sumsOfRows(): Promise<object> {
    const [row] = await gateway.database.query(`
      select (select count(*)::int from request where tenant_id is not null) as requests,
        (select count(*)::int from request where tenant_id is not null and outcome not in ('ok', 'cancelled')) as errors,
        (select count(*)::int from request where tenant_id is not null and outcome = 'cancelled') as cancelled,
        (select count(*)::int from attempt) as attempts,
        (select count(*)::int from attempt) as day_attempts,
        (select count(*)::int from request where tenant_id is not null) as day_requests,
        (select count(*)::int from request where tenant_id is not null) as day_durations,
        (select count(*)::int from attempt where cost_picos is null) as unpriced,
        (select count(*)::int from attempt where usage_source = 'estimated') as estimated,
        (select coalesce(sum(input_tokens), 0)::text from attempt) as input_tokens,
        (select trim_scale(coalesce(sum(cost_picos), 0))::text from attempt) as cost_picos,
        (select count(*)::int from request where tenant_id is not null) as project_requests,
        (select trim_scale(coalesce(sum(cost_picos), 0))::text from attempt) as project_cost,
        (select count(*)::int from request where tenant_id is not null) as project_durations,
        (select count(*)::int from request where tenant_id is not null) as durations,
        (select count(*)::int from request where tenant_id is not null and first_byte_ms is not null) as first_bytes,
        (select count(*)::int from request where tenant_id is not null) as metadata_requests,
        (select count(*)::int from request where tenant_id is not null) as metadata_day_requests,
        (select count(*)::int from request where tenant_id is not null) as metadata_day_durations`);
    const buckets = await gateway.database.query(`
      select date_bin('15 minutes', started_at, '2000-01-01Z') as bucket_start, tenant_id,
        sum(requests)::int as requests, sum(attempts)::int as attempts
      from (select started_at, tenant_id, 1 as requests, 0 as attempts from request where tenant_id is not null
        union all select started_at, tenant_id, 0, 1 from attempt) as rows
      group by 1, 2 order by 1, 2`);
    return { ...row, buckets };
  }
});

interface PlannedAttempt {
  key: { tenant_id: string; project_id: string; token_id: string; provider_id: string };
  outcome: 'ok' | 'cut' | 'cancelled';
  cost_picos: bigint | null;
  input_tokens: number;
  usage_source: 'provider' | 'estimated' | 'none';
  minutes: number;
}

function entryOf(planned: readonly PlannedAttempt[], team: string): LedgerEntry {
  const request_id = newId();
  const key = planned[0]?.key ?? { tenant_id: newId(), project_id: newId(), token_id: newId() };
  const attempts = planned.map(({ minutes, key: { provider_id }, ...given }, index) =>
    attemptRecord({ ...given, ...key, provider_id, request_id, number: index + 1, started_at: recent(minutes) }),
  );
  return { request: requestRecord(attempts, { id: request_id, ...key, metadata: { team } } as object), attempts };
}

function recent(minutes: number): string {
  return new Date(Date.now() - minutes * 60_000).toISOString();
}

function monthsAgo(months: number): string {
  const now = new Date();
  return new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - months, 15)).toISOString();
}
