import { newId } from '../../src/common/ids.js';
import { formatUsd } from '../../src/common/money.js';
import { entryText } from '../../src/journal/entry-text.js';
import type { LedgerEntry } from '../../src/journal/ledger-entry.js';
import { Ledger } from '../../src/usage/ledger.service.js';
import { percentiles, type PercentilesView } from '../../src/usage/percentiles.js';
import type { UsageBreakdown, UsageSeries, UsageTotals } from '../../src/usage/usage.dto.js';
import { ledgerEntry } from '../support/ledger.js';
import { createPlace, sendAs, type Place, type Send } from '../support/principals.js';
import { startTestApp, type TestApp } from '../support/test-app.js';

const MINUTE_MS = 60_000;
const QUARTER_HOUR_MS = 15 * MINUTE_MS;
/** Calls come this often: they meet every quarter of an hour, and every hour of a day. */
const EVERY_MS = 37 * MINUTE_MS;
/** Clocks change in each: on October 25th and November 1st, and on March 8th and 29th and April 5th. */
const AUTUMN = { from: Date.parse('2026-10-22T07:30:00Z'), to: Date.parse('2026-11-04T19:15:00Z') };
const SPRING = { from: Date.parse('2026-03-05T21:45:00Z'), to: Date.parse('2026-04-07T03:00:00Z') };
const ZONES = [
  'UTC',
  'Europe/Zurich',
  'America/New_York',
  'America/Los_Angeles',
  'America/St_Johns', // -3:30
  'Asia/Kolkata', // +5:30
  'Asia/Kathmandu', // +5:45
  'Asia/Tokyo',
  'Australia/Lord_Howe', // clocks change by half an hour
  'Pacific/Chatham', // +12:45
  'Pacific/Kiritimati', // +14
  'Pacific/Pago_Pago', // -11
  'America/Havana', // has two midnights in autumn, and lacks one in spring
  'Atlantic/Azores', // the same
];
const [TOKENS, MODELS, PROVIDERS, PROFILES] = Array.from({ length: 4 }, () => [newId(), newId(), newId()]);
const FILTERS = [
  ['token', 'token_id', TOKENS],
  ['model', 'model_id', MODELS],
  ['provider', 'provider_id', PROVIDERS],
  ['profile', 'profile_id', PROFILES],
] as const;

/** What a report says of some calls. */
interface Sums {
  requests: number;
  errors: number;
  cancelled: number;
  attempts: number;
  unpriced: number;
  costUsd: string;
  inputTokens: number;
  latency: PercentilesView;
  firstByte: PercentilesView;
}

describe('sums', () => {
  let gateway: TestApp;
  let place: Place;
  let send: Send;
  let entries: LedgerEntry[];

  beforeAll(async () => {
    gateway = await startTestApp({ config: { WAGGLE_LEDGER_MONTHS: '1200' } });
    place = await createPlace(gateway);
    send = await sendAs(gateway, 'viewer', place);
    entries = [AUTUMN, SPRING].flatMap(({ from, to }) => callsBetween(from - 2 * 86_400_000, to + 2 * 86_400_000));
    const texts = entries.map((entry) => Buffer.from(entryText(entry)));
    await gateway.app.get(Ledger).store(texts);
  });
  afterAll(() => gateway?.close());

  describe.each(ZONES)('by day and month of %s', (timeZone) => {
    it.each(FILTERS)('are those of the calls of one %s', async (name, column, ids) => {
      for (const [interval, { from, to }] of [
        ['day', AUTUMN],
        ['day', SPRING],
        ['month', { from: SPRING.from, to: AUTUMN.to }],
      ] as const) {
        const query = `interval=${interval}&timeZone=${timeZone}&${rangeText(from, to)}`;
        const { items } = await get<UsageSeries>(`series?${query}&${name}=${ids![1]}`);
        const wanted = entries.filter(({ request }) => request![column] === ids![1]);
        const truth = intervalsOf(timeZone, { interval, from, to }, wanted);
        expect(
          items.map(({ start, ...sums }) => [intervalOf(timeZone, interval, Date.parse(String(start))), said(sums)]),
        ).toEqual([...truth].map(([key, calls]) => [key, sumsOf(calls)]));
      }
    });

    it('are those of all calls', async () => {
      const { from, to } = AUTUMN;
      const { items } = await get<UsageSeries>(`series?interval=day&timeZone=${timeZone}&${rangeText(from, to)}`);
      const truth = intervalsOf(timeZone, { interval: 'day', from, to }, entries);
      expect(items.map((item) => said(item))).toEqual([...truth.values()].map((calls) => sumsOf(calls)));
    });
  });

  it.each([
    ['token', ({ request }: LedgerEntry) => request!.token_id],
    ['model', ({ request }: LedgerEntry) => request!.model_id],
    ['project', ({ request }: LedgerEntry) => request!.project_id],
    ['operation', ({ request }: LedgerEntry) => request!.operation],
    ['metadata:team', ({ request }: LedgerEntry) => request!.metadata!['team']!],
  ])('by %s are those of the calls of any range, without what is not in it', async (by, keyOf) => {
    const start = Date.parse('2026-10-27T00:00:00Z');
    for (const [from, to] of RANGES.map((range) => range.map((quarters) => start + quarters * QUARTER_HOUR_MS))) {
      const { items } = await get<UsageBreakdown>(`breakdown?by=${by}&${rangeText(from!, to!)}`);
      const groups = Map.groupBy(callsIn(from!, to!), keyOf);
      expect(new Map(items.map(({ key, ...sums }) => [key, said(sums)]))).toEqual(
        new Map([...groups].map(([key, calls]) => [key, sumsOf(calls)])),
      );
      expect(said(await get<UsageTotals>(`totals?${rangeText(from!, to!)}`))).toEqual(sumsOf(callsIn(from!, to!)));
    }
  });

  function callsIn(from: number, to: number): LedgerEntry[] {
    return entries.filter((entry) => timeOf(entry) >= from && timeOf(entry) < to);
  }

  /** Whatever one has of it differs from call to call, in steps that don't fit those of the others. */
  function callsBetween(from: number, to: number): LedgerEntry[] {
    return Array.from({ length: Math.floor((to - from) / EVERY_MS) }, (_, i) =>
      ledgerEntry(
        {
          tenant_id: place.tenantId,
          project_id: place.projectId,
          token_id: TOKENS![i % 3]!,
          model_id: MODELS![(i >> 1) % 3]!,
          provider_id: PROVIDERS![(i >> 2) % 3]!,
          profile_id: PROFILES![(i >> 3) % 3]!,
          operation: i % 11 === 0 ? 'embeddings' : 'chat',
          started_at: new Date(from + i * EVERY_MS).toISOString(),
          outcome: i % 7 === 0 ? 'cut' : i % 5 === 0 ? 'cancelled' : 'ok',
          cost_picos: i % 13 === 0 ? null : 1n + BigInt(i) ** 4n,
          input_tokens: i * i,
          duration_ms: 1.5 + ((i * 7919) % 60_000),
          first_byte_ms: i % 3 === 1 ? null : 1.5 + ((i * 104_729) % 900),
        },
        { metadata: { team: i % 3 === 0 ? `rare-${i}` : `team-${i % 2}` } },
      ),
    );
  }

  /** All intervals of the range, with the calls in each, by what a calendar calls it. */
  function intervalsOf(
    timeZone: string,
    { interval, from, to }: { interval: 'day' | 'month'; from: number; to: number },
    calls: readonly LedgerEntry[],
  ): Map<string, LedgerEntry[]> {
    const found = new Map<string, LedgerEntry[]>();
    for (let time = from; time < to; time += QUARTER_HOUR_MS) found.set(intervalOf(timeZone, interval, time), []);
    for (const call of calls) found.get(intervalOf(timeZone, interval, timeOf(call)))?.push(call);
    return found;
  }

  async function get<T>(path: string): Promise<T> {
    const answer = await send('GET', `/admin/v1/usage/${path}`);
    expect(answer.status).toBe(200);
    return (await answer.json()) as T;
  }
});

/** In quarter hours: within a day, most of one, cut on one side or both, over several days. */
const RANGES = [
  [0, 96],
  [5, 6],
  [4, 92],
  [0, 70],
  [30, 96],
  [90, 100],
  [10, 180],
  [50, 150],
  [1, 480],
  [95, 383],
];

const formatters = new Map<string, Intl.DateTimeFormat>();

function intervalOf(timeZone: string, interval: 'day' | 'month', time: number): string {
  const formatter = formatters.get(timeZone) ?? new Intl.DateTimeFormat('en-CA', { timeZone });
  formatters.set(timeZone, formatter);
  return formatter.format(time).slice(0, interval === 'day' ? 10 : 7);
}

function timeOf({ request }: LedgerEntry): number {
  return Date.parse(request!.started_at);
}

function rangeText(from: number, to: number): string {
  return `from=${new Date(from).toISOString()}&to=${new Date(to).toISOString()}`;
}

function said(item: Omit<UsageTotals, 'from' | 'to'>): Sums {
  const { requests, errors, cancelled, attempts, unpriced, costUsd, latency, firstByte, used } = item;
  return {
    requests,
    errors,
    cancelled,
    attempts,
    unpriced,
    costUsd,
    inputTokens: used.inputTokens,
    latency,
    firstByte,
  };
}

function sumsOf(calls: readonly LedgerEntry[]): Sums {
  const requests = calls.map(({ request }) => request!);
  const of = (outcome: string): number => requests.filter((request) => request.outcome === outcome).length;
  return {
    requests: calls.length,
    errors: of('cut'),
    cancelled: of('cancelled'),
    attempts: calls.length,
    unpriced: requests.filter(({ cost_picos }) => cost_picos === null).length,
    costUsd: formatUsd(requests.reduce((sum, { cost_picos }) => sum + (cost_picos ?? 0n), 0n)),
    inputTokens: requests.reduce((sum, { input_tokens }) => sum + input_tokens, 0),
    latency: percentilesOf(requests.map(({ duration_ms }) => duration_ms)),
    firstByte: percentilesOf(requests.flatMap(({ first_byte_ms }) => first_byte_ms ?? [])),
  };
}

/** From bins, as they are documented: three for each doubling. No time of ours is just between two. */
function percentilesOf(times: readonly number[]): PercentilesView {
  const counts = Array.from({ length: 101 }, () => 0);
  for (const time of times) counts[Math.max(0, Math.ceil(Math.log2(time) * 3))]! += 1;
  return percentiles([...counts.keys()], counts);
}
