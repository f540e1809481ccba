import { newId } from '../../src/common/ids.js';
import { entryText } from '../../src/journal/entry-text.js';
import { LiveEvents } from '../../src/observability/live-events.service.js';
import { Drain } from '../../src/usage/drain.service.js';
import { Ledger } from '../../src/usage/ledger.service.js';
import { TOLD_CALLS } from '../../src/usage/ledger.sql.js';
import { ledgerEntry } from '../support/ledger.js';
import { startLimitGround, type LimitGround } from '../support/limit-ground.js';
import { createPlace, createProject, sendAs, type Send } from '../support/principals.js';
import { startTestApp, type TestApp } from '../support/test-app.js';

const PATH = '/admin/v1/events';

interface Seen {
  readonly id: string;
  readonly event: string;
  readonly data: Record<string, unknown>;
}

/** Reads a stream of events as it comes. */
class Reader {
  readonly seen: Seen[] = [];
  isEnded = false;
  private readonly controller = new AbortController();
  private reading: Promise<void> | undefined;

  static async at(send: Send, path = PATH, headers: Record<string, string> = {}): Promise<Reader> {
    const reader = new Reader();
    const response = await send('GET', path, undefined, { signal: reader.controller.signal, headers });
    expect([response.status, response.headers.get('content-type')]).toEqual([
      200,
      expect.stringContaining('event-stream'),
    ]);
    reader.reading = reader.read(response).catch(() => undefined);
    await vi.waitUntil(() => reader.seen.length > 0);
    return reader;
  }

  /** Those of a kind. */
  of(event: string): Seen[] {
    return this.seen.filter((one) => one.event === event);
  }

  async close(): Promise<void> {
    this.controller.abort();
    await this.reading;
  }

  private async read(response: Response): Promise<void> {
    let text = '';
    const decoder = new TextDecoder();
    for await (const chunk of response.body!) {
      text += decoder.decode(chunk as Uint8Array, { stream: true });
      const frames = text.split('\n\n');
      text = frames.pop()!;
      for (const frame of frames) this.take(frame);
    }
    this.isEnded = true;
  }

  private take(frame: string): void {
    const fields = Object.fromEntries(
      frame.split('\n').map((line) => [line.split(': ')[0], line.slice(line.indexOf(': ') + 2)]),
    );
    if (fields.data)
      this.seen.push({ id: fields.id ?? '', event: fields.event ?? '', data: JSON.parse(fields.data) as Seen['data'] });
  }
}

describe('the stream of events', () => {
  let ground: LimitGround;
  let second: TestApp;
  const readers: Reader[] = [];

  beforeAll(async () => {
    ground = await startLimitGround();
    second = await startTestApp({
      database: ground.database,
      config: { WAGGLE_MASTER_KEY_FILE: ground.config.dataPath('master.key') },
    });
  });
  afterEach(() => Promise.all(readers.splice(0).map((reader) => reader.close())));
  afterAll(async () => {
    await second?.close();
    await ground?.close();
  });

  const watch = async (...parameters: Parameters<typeof Reader.at>): Promise<Reader> => {
    const reader = await Reader.at(...parameters);
    readers.push(reader);
    return reader;
  };

  async function chat(): Promise<string> {
    const answer = await ground.chat();
    await answer.text();
    await ground.app.get(Drain, { strict: false }).drain();
    return answer.headers.get('x-request-id')!.slice(4);
  }

  const idOf = ({ data }: Seen): string => String(data['id']).replaceAll('-', '');

  it('tells of requests, at whichever process they happen', async () => {
    const there = await watch(await ownerAt(second));
    const id = await chat();
    await vi.waitUntil(() => there.of('request').length > 0);
    const [event] = there.of('request');
    expect(idOf(event!)).toBe(id);
    expect(event!.data).toMatchObject({ status: 200, outcome: 'ok', costUsd: '0.001', requestedModel: 'chat' });
  });

  it('tells of changes of the configuration, and of allowances that run low', async () => {
    const reader = await watch(ground.owner);
    const id = await ground.allow({ metric: 'requests', window: 'total', limit: '2', thresholds: [50] });
    await vi.waitUntil(() => reader.of('config').length > 0);
    expect(reader.of('config')[0]!.data).toMatchObject({ action: 'allowance.created', targetId: id });
    await chat();
    await vi.waitUntil(() => reader.of('allowance').length > 0, { timeout: 15_000 });
    expect(reader.of('allowance')[0]!.data).toMatchObject({ allowanceId: id, percent: 50 });
    await ground.lift(id);
  });

  it('tells of targets that fail', async () => {
    const reader = await watch(ground.owner, `${PATH}?kinds=health`);
    const content = `[[simulate status=503&key=health]]`;
    for (let i = 0; i < 12; i++) await (await ground.chat({ messages: [{ role: 'user', content }] })).text();
    await vi.waitUntil(() => reader.of('health').some(({ data }) => data['state'] === 'open'));
    expect(new Set(reader.seen.map(({ event }) => event))).toEqual(new Set(['ready', 'health']));
    await ground.database.query(`update target_health set state = 'closed', open_until = null, cool_until = null`);
  });

  it('goes on behind the last event that was seen, at another process, and misses none', async () => {
    await ground.app.get(Drain, { strict: false }).drain(); // of the calls before
    const first = await watch(ground.owner, `${PATH}?kinds=request`);
    await chat();
    await vi.waitUntil(() => first.of('request').length === 1);
    await first.close();
    const missed = [await chat(), await chat()];
    const lastEventId = first.of('request')[0]!.id;
    const again = await watch(await ownerAt(second), `${PATH}?kinds=request`, { 'last-event-id': lastEventId });
    await vi.waitUntil(() => again.of('request').length === 2);
    expect(again.seen[0]).toMatchObject({ event: 'ready', data: { isComplete: true } });
    expect(again.of('request').map(idOf).toSorted()).toEqual(missed.toSorted());
  });

  it('says so when what came between is not known any more', async () => {
    const reader = await watch(ground.owner, `${PATH}?lastEventId=1-1`);
    expect(reader.seen[0]).toMatchObject({ event: 'ready', data: { isComplete: false } });
    expect((await ground.owner('GET', `${PATH}?lastEventId=nonsense`)).status).toBe(400);
  });

  it('says so when a reader is so slow that events are dropped before it reads them', async () => {
    const tenantId = await rootTenant();
    const happen = (from: number, to: number) =>
      ground.database.query(
        `insert into live_event (tenant_id, kind, data)
         select $1, 'config', case n when $2 then '{}' else jsonb_build_object('n', n) end from generate_series($2::int, $3::int) n`,
        [tenantId, from, to],
      );
    const reach = [{ kind: 'config' as const, projects: null }];
    const events = ground.app.get(LiveEvents, { strict: false });
    const stream = await events.open({ tenantId, reach, after: undefined }, new AbortController().signal);
    const next = async (): Promise<string> => String((await stream.next()).value);
    expect(await next()).toBe('retry: 2000\nevent: ready\ndata: {"isComplete":true}\n\n');
    await happen(1, 1200);
    const first = await next();
    expect(first).toMatch(/^id: .*\nevent: config\ndata: \{"at":"\d{4}-\d\d-\d\dT[\d:.]+Z","projectId":null\}\n\nid: /);
    expect(first).toMatch(/"projectId":null,"n": 500\}\n\n$/);
    await ground.database.query(`delete from live_event where kind = 'config' and (data ->> 'n')::int <= 600`);
    const second = await next();
    expect(second).toMatch(/^event: ready\ndata: \{"isComplete":false\}\n\nid: /);
    expect(/"n": (\d+)/.exec(second)?.[1]).toBe('601');
    expect(await next()).toMatch(/^id: [^]*"n": 1200\}\n\n$/);
    await stream.return(undefined);
    await ground.database.query(`delete from live_event where kind = 'config' and data ? 'n'`);
  });

  it('tells of a part of what comes at once, of failures first, and counts the rest', async () => {
    const tenantId = await rootTenant();
    const [{ id: projectId }] = (await ground.database.query<{ id: string }>(
      `select project_id as id from token where id = $1`,
      [ground.ids.token],
    )) as [{ id: string }];
    const reader = await watch(ground.owner, `${PATH}?kinds=request`);
    const quietProject = await createProject(ground.database, tenantId);
    const entries = Array.from({ length: TOLD_CALLS + 60 }, (_, i) => {
      const outcome = i > TOLD_CALLS ? 'network' : 'ok';
      const key = { tenant_id: tenantId, project_id: i < 5 ? quietProject : projectId, request_id: newId() };
      return ledgerEntry({ ...key, started_at: new Date().toISOString(), outcome }, { outcome });
    });
    const texts = entries.map((entry) => Buffer.from(entryText(entry)));
    await ground.app.get(Ledger, { strict: false }).store(texts);
    await vi.waitUntil(() => reader.of('skipped').length > 0);
    expect(reader.of('skipped').map(({ data }) => data)).toMatchObject([{ projectId, requests: 60 }]);
    expect(reader.of('request')).toHaveLength(TOLD_CALLS);
    expect(reader.of('request').filter(({ data }) => data['outcome'] === 'network')).toHaveLength(59);
    expect(reader.of('request').filter(({ data }) => data['projectId'] === quietProject)).toHaveLength(5);
  });

  it('shows nobody what is not theirs', async () => {
    const [{ id: tenantId }] = (await ground.database.query<{ id: string }>(`select id from tenant`)) as [
      { id: string },
    ];
    const [{ id: projectId }] = (await ground.database.query<{ id: string }>(
      `select id from project where tenant_id = $1`,
      [tenantId],
    )) as [{ id: string }];
    const otherProject = await createProject(ground.database, tenantId);
    const other = await createPlace(ground);
    const strangers = [
      await watch(await sendAs(ground, 'owner', { tenantId, projectId: otherProject })),
      await watch(await sendAs(ground, 'owner', { tenantId: other.tenantId })),
    ];
    const member = await watch(await sendAs(ground, 'viewer', { tenantId, projectId }));
    const owner = await watch(ground.owner);
    const allowance = await ground.allow({ metric: 'requests', window: 'total', limit: '1000' });
    await ground.lift(allowance);
    await chat();
    for (const reader of [member, owner]) await vi.waitUntil(() => reader.of('request').length === 1);
    expect(owner.of('config')).toHaveLength(2);
    expect(member.of('config')).toEqual([]);
    for (const stranger of strangers) expect(stranger.seen.map(({ event }) => event)).toEqual(['ready']);
  });

  it('ends with its process, and forgets who has left', async () => {
    const third = await startTestApp({
      database: ground.database,
      config: { WAGGLE_MASTER_KEY_FILE: ground.config.dataPath('master.key') },
    });
    const owner = await ownerAt(third);
    const reader = await watch(owner);
    const left = await watch(owner);
    const events = third.app.get(LiveEvents, { strict: false });
    expect(events.watchers).toBe(2);
    await left.close();
    await vi.waitUntil(() => events.watchers === 1);
    await third.close();
    await vi.waitUntil(() => reader.isEnded);
    expect(events.watchers).toBe(0);
  });

  async function ownerAt(app: TestApp): Promise<Send> {
    return sendAs(app, 'owner', { tenantId: await rootTenant() });
  }

  async function rootTenant(): Promise<string> {
    const [tenant] = await ground.database.query<{ id: string }>(`select id from tenant where is_root`);
    return tenant!.id;
  }
});
