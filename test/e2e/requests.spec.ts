import { newId } from '../../src/common/ids.js';
import { entryText } from '../../src/journal/entry-text.js';
import type { LedgerEntry } from '../../src/journal/ledger-entry.js';
import type { RequestDetail, RequestPage } from '../../src/usage/request.dto.js';
import { Ledger } from '../../src/usage/ledger.service.js';
import { Sealer } from '../../src/vault/sealer.service.js';
import { attemptRecord, ledgerEntry, requestRecord } from '../support/ledger.js';
import { createPlace, createProject, sendAs, type Place, type Send } from '../support/principals.js';
import { startTestApp, type TestApp } from '../support/test-app.js';

describe('the request log', () => {
  let gateway: TestApp;
  let place: Place;
  let send: Send;
  let key: { tenant_id: string; project_id: string };

  beforeAll(async () => void (gateway = await startTestApp()));
  afterAll(() => gateway.close());
  beforeEach(async () => {
    place = await createPlace(gateway);
    send = await sendAs(gateway, 'viewer', place);
    key = { tenant_id: place.tenantId, project_id: place.projectId };
  });

  it('lists newest first, page by page, each request once', async () => {
    const entries = Array.from({ length: 25 }, (_, i) => ledgerEntry({ ...key, started_at: ago(i % 5) }));
    await store(entries);
    const seen: string[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const page: RequestPage = await list(`limit=7&cursor=${cursor}`.replace(/&cursor=$/, ''));
      seen.push(...page.items.map(({ id }) => id));
      cursor = page.nextCursor;
    }
    const expected = entries
      .map(({ request }) => request!)
      .toSorted((a, b) => (`${b.started_at}${b.id}` < `${a.started_at}${a.id}` ? -1 : 1));
    expect(seen).toEqual(expected.map(({ id }) => id));
  });

  it('shows a request with its attempts, costs exact', async () => {
    const request_id = newId();
    const attempts = [
      attemptRecord({ ...key, request_id, number: 1, outcome: 'upstream_error', status: 503, cost_picos: null }),
      attemptRecord({ ...key, request_id, number: 2, cost_picos: 123_456_789_012_345n }),
    ];
    await store([{ request: requestRecord(attempts, { metadata: { team: 'a' } }), attempts }]);
    const answer = await send('GET', `/admin/v1/requests/${request_id}`);
    const detail = (await answer.json()) as RequestDetail;
    expect(detail).toMatchObject({
      id: request_id,
      outcome: 'ok',
      attemptCount: 2,
      costUsd: '123.456789012345',
      used: { inputTokens: 20, outputTokens: 10 },
      metadata: { team: 'a' },
      hasPayload: false,
      attempts: [
        { number: 1, outcome: 'upstream_error', status: 503, costUsd: null },
        { number: 2, outcome: 'ok', costUsd: '123.456789012345' },
      ],
    });
  });

  it.each([
    ['status=503', (i: number) => i === 1],
    ['outcome=cut', (i: number) => i === 1],
    ['errorCode=upstream_error', (i: number) => i === 1],
    ['minCostUsd=0.5', (i: number) => i === 2],
    ['minDurationMs=5000', (i: number) => i === 3],
    [`from=${encodeURIComponent('2026-01-02T00:00:00+01:00')}&to=2026-01-02`, () => false],
  ])('filters by %s', async (filter, isWanted) => {
    const entries = [
      ledgerEntry({ ...key }),
      ledgerEntry({ ...key, status: 503, outcome: 'cut', error_code: 'upstream_error' }),
      ledgerEntry({ ...key, cost_picos: 500_000_000_000n }),
      ledgerEntry({ ...key, duration_ms: 5000 }),
    ];
    await store(entries);
    expect(await ids(filter)).toEqual(idsOf(entries.filter((_, i) => isWanted(i))));
  });

  it('filters by token, profile, and every provider and model that was called', async () => {
    const request_id = newId();
    const [failed, answered] = [
      attemptRecord({ ...key, request_id, outcome: 'timeout' }),
      attemptRecord({ ...key, request_id, number: 2 }),
    ];
    const shared = { token_id: newId(), profile_id: newId() };
    const attempts = [failed, answered];
    const entry = { request: requestRecord(attempts, shared), attempts };
    await store([entry, ledgerEntry(key)]);
    for (const filter of [
      `token=${shared.token_id}`,
      `profile=${shared.profile_id}`,
      `provider=${failed.provider_id}`,
      `provider=${answered.provider_id}`,
      `model=${failed.model_id}`,
      `requestId=${request_id}`,
    ]) {
      expect(await ids(filter)).toEqual([request_id]);
    }
  });

  it.each(['status=abc', 'from=yesterday', 'from=2026-01-01T00:00', 'minCostUsd=-1', 'cursor=abc', 'token=x', 'q=1'])(
    'refuses %s',
    async (filter) => {
      expect((await send('GET', `/admin/v1/requests?${filter}`)).status).toBe(400);
    },
  );

  it('is within reach of its own project and tenant only', async () => {
    const entry = ledgerEntry(key);
    await store([entry, ledgerEntry({ tenant_id: key.tenant_id, project_id: newId() }, { tenant_id: null })]);
    const otherProject = await createProject(gateway.database, place.tenantId);
    for (const stranger of [
      await sendAs(gateway, 'owner', await createPlace(gateway)),
      await sendAs(gateway, 'viewer', { tenantId: place.tenantId, projectId: otherProject }),
    ]) {
      expect((await list('', stranger)).items).toEqual([]);
      expect((await stranger('GET', `/admin/v1/requests/${entry.request!.id}`)).status).toBe(404);
      expect(await (await stranger('GET', '/admin/v1/requests/export?format=ndjson')).text()).toBe('');
    }
    expect(await ids('', send)).toEqual([entry.request!.id]);
  });

  it('exports all rows that match as one JSON a line', async () => {
    const entries = Array.from({ length: 1203 }, () => ledgerEntry(key));
    await store(entries);
    const answer = await send('GET', '/admin/v1/requests/export?format=ndjson');
    expect(answer.headers.get('content-type')).toContain('application/x-ndjson');
    const lines = (await answer.text()).trimEnd().split('\n');
    expect(new Set(lines.map((line) => (JSON.parse(line) as { id: string }).id))).toEqual(new Set(idsOf(entries)));
  });

  it('exports CSV that no spreadsheet runs as a formula', async () => {
    await store([ledgerEntry(key, { user_agent: '=cmd|"/c calc"!A1', requested_model: 'a,b' })]);
    const answer = await send('GET', '/admin/v1/requests/export');
    expect(answer.headers.get('content-disposition')).toBe('attachment; filename="requests.csv"');
    const [header, row, end] = (await answer.text()).split('\r\n');
    expect(header).toContain('id,startedAt,projectId');
    expect(header).toContain('inputTokens');
    expect(row).toContain(`"'=cmd|""/c calc""!A1"`);
    expect(row).toContain(',"a,b",');
    expect(end).toBe('');
  });

  it('gives the connection back when the reader of an export leaves', async () => {
    for (let i = 0; i < 3; i++) await store(Array.from({ length: 2000 }, () => ledgerEntry(key)));
    for (let i = 0; i < 8; i++) {
      const leaving = new AbortController();
      const answer = await send('GET', '/admin/v1/requests/export?format=ndjson', undefined, {
        signal: leaving.signal,
      });
      await answer.body!.getReader().read();
      leaving.abort();
    }
    await vi.waitFor(async () => {
      const open = await gateway.database.query(
        `select 1 from pg_stat_activity where datname = current_database() and state = 'idle in transaction'`,
      );
      expect(open).toEqual([]);
    });
    expect((await list('limit=1')).items).toHaveLength(1);
  });

  it('opens a capture for those who may, and writes down who read it', async () => {
    const operator = await sendAs(gateway, 'owner', place);
    const entry = await captured({ secret: 'prompt' });
    const path = `/admin/v1/requests/${entry.request!.id}`;
    expect(await (await operator('GET', path)).json()).toMatchObject({ hasPayload: true });
    const answer = await operator('GET', `${path}/payload`);
    expect(await answer.json()).toEqual({ requestId: entry.request!.id, payload: { secret: 'prompt' } });
    const trail = await gateway.database.query(
      `select action, target_id from audit_entry where tenant_id = $1 and action = 'payload.read'`,
      [place.tenantId],
    );
    expect(trail).toEqual([{ action: 'payload.read', target_id: entry.request!.id }]);
    expect((await send('GET', `${path}/payload`)).status).toBe(403);
  });

  it('does not open a capture that was moved to another request, nor one that has expired', async () => {
    const owner = await sendAs(gateway, 'owner', place);
    const [one, other] = [await captured({ a: 1 }), await captured({ b: 2 })];
    await gateway.database.query(
      `update request_payload p set ciphertext = o.ciphertext from request_payload o
       where p.request_id = $1 and o.request_id = $2`,
      [one.request!.id, other.request!.id],
    );
    const answer = await owner('GET', `/admin/v1/requests/${one.request!.id}/payload`);
    expect(await answer.json()).toMatchObject({ code: 'usage.payload_broken' });
    await gateway.database.query(`update request_payload set expires_at = now() where request_id = $1`, [
      other.request!.id,
    ]);
    expect((await owner('GET', `/admin/v1/requests/${other.request!.id}/payload`)).status).toBe(404);
  });

  async function captured(content: object): Promise<LedgerEntry> {
    await gateway.database.query(`update project set capture = 'full' where id = $1`, [place.projectId]);
    const sealer = gateway.app.get(Sealer);
    await sealer.prepare(place.tenantId);
    const entry = ledgerEntry(key);
    const context = { tenantId: place.tenantId, purpose: 'payload', id: entry.request!.id };
    const sealed = sealer.seal(context, Buffer.from(JSON.stringify(content)));
    await store([{ ...entry, payload: sealed.toString('base64') }]);
    return entry;
  }

  async function store(entries: readonly LedgerEntry[]): Promise<void> {
    await gateway.app.get(Ledger).store(entries.map((entry) => Buffer.from(entryText(entry))));
  }

  async function list(filter: string, as: Send = send): Promise<RequestPage> {
    const answer = await as('GET', `/admin/v1/requests?${filter}`);
    expect(answer.status).toBe(200);
    return (await answer.json()) as RequestPage;
  }

  async function ids(filter: string, as: Send = send): Promise<string[]> {
    return (await list(filter, as)).items.map(({ id }) => id);
  }
});

function idsOf(entries: readonly LedgerEntry[]): string[] {
  return entries.map(({ request }) => request!.id);
}

function ago(minutes: number): string {
  return new Date(Date.now() - minutes * 60_000).toISOString();
}
