import fc from 'fast-check';
import { attemptRecord, requestRecord } from '../../test/support/ledger.js';
import { entryText } from './entry-text.js';
import type { LedgerEntry } from './ledger-entry.js';
import type { AttemptRecord } from './ledger-record.js';
import { NO_USAGE } from './no-usage.js';
import { USUAL } from './usual.js';

describe(entryText.name, () => {
  it('prints costs of any size as JSON integers', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n }), (cost_picos) => {
        const text = entryText(entryOf({ cost_picos }));
        expect(/"cost_picos":(-?\d+)[,}]/.exec(text)?.[1]).toBe(String(cost_picos));
      }),
    );
  });

  it('prints any text so that it reads back the same, but for what jsonb refuses', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 50 }), (upstream_model) => {
        const text = entryText(entryOf({ upstream_model }));
        const read = (JSON.parse(text) as LedgerEntry).attempts[0]!.upstream_model;
        expect(read).toBe(upstream_model.replaceAll('\0', '').toWellFormed());
      }),
    );
  });

  it('removes NUL and lone surrogates wherever they are', () => {
    const text = entryText({
      request: requestRecord([], { metadata: { team: 'a\0b', other: 'x\ud800y' } }),
      attempts: [],
    });
    expect((JSON.parse(text) as LedgerEntry).request?.metadata).toEqual({ team: 'ab', other: 'x\ufffdy' });
  });

  it('says of a call with one attempt only what is not usual, and once what both rows share', () => {
    fc.assert(
      fc.property(callArbitrary, ({ attempt, request }) => {
        const attempts = attempt ? [attemptRecord(attempt)] : [];
        const record = requestRecord(attempts, request);
        const read = JSON.parse(entryText({ request: record, attempts })) as ShortEntry;
        expect(filled(read.common, read.request)).toMatchObject(printed(record, REQUEST_COLUMNS));
        expect(read.attempts.map((each) => filled(read.common, each))).toMatchObject(
          attempts.map((each) => printed(each)),
        );
      }),
    );
  });

  it('says everything of each row when there are several attempts, or the rows disagree', () => {
    const attempts = [attemptRecord(), attemptRecord()];
    expect(JSON.parse(entryText({ request: requestRecord(attempts), attempts }))).not.toHaveProperty('common');
    const [attempt] = attempts;
    const other = requestRecord([attempt!], { input_tokens: 11 });
    const read = JSON.parse(entryText({ request: other, attempts: [attempt!] })) as LedgerEntry;
    expect(read).not.toHaveProperty('common');
    expect([read.request!.input_tokens, read.attempts[0]!.input_tokens]).toEqual([11, 10]);
  });

  it.each(Object.keys(NO_USAGE).filter((name) => name !== 'usage_source'))('counts %s in either form', (name) => {
    const attempt = attemptRecord({ [name]: 7 });
    const short = JSON.parse(entryText({ request: requestRecord([attempt]), attempts: [attempt] })) as ShortEntry;
    expect(short.common).toHaveProperty(name, 7);
    const disagreeing = { request: requestRecord([attempt], { [name]: 8 }), attempts: [attempt] };
    expect(JSON.parse(entryText(disagreeing))).not.toHaveProperty('common');
  });

  it('cuts the long texts of a long entry, but never its capture', () => {
    const payload = 'p'.repeat(50_000);
    const text = entryText({ ...entryOf({ upstream_model: 'm'.repeat(100_000) }), payload });
    const read = JSON.parse(text) as LedgerEntry;
    expect(read.attempts[0]!.upstream_model).toHaveLength(1000);
    expect(read.payload).toBe(payload);
  });
});

function entryOf(attempt: Partial<AttemptRecord>): LedgerEntry {
  return { request: null, attempts: [{ cost_picos: null, ...attempt } as AttemptRecord] };
}

const REQUEST_COLUMNS = Object.keys(requestRecord([]));

interface ShortEntry {
  readonly common: object;
  readonly request: object;
  readonly attempts: readonly object[];
}

const count = fc.oneof(fc.constant(0), fc.nat());
const text = fc.oneof(fc.constant(null), fc.string());
const callArbitrary = fc.record({
  attempt: fc.option(
    fc.record({
      input_tokens: count,
      cached_input_tokens: count,
      audio_ms: count,
      usage_source: fc.constantFrom('provider' as const, 'estimated' as const, 'none' as const),
      cost_picos: fc.option(fc.bigInt({ min: 0n, max: BigInt(Number.MAX_SAFE_INTEGER) })),
      is_streamed: fc.boolean(),
      status: fc.option(fc.constantFrom(200, 500)),
      upstream_model: fc.string(),
      upstream_request_id: text,
      first_byte_ms: fc.option(fc.nat()),
    }),
  ),
  request: fc.record({
    user_agent: text,
    error_message: text,
    metadata: fc.option(fc.dictionary(fc.string(), fc.string())),
  }),
});

/** As the statement that stores it fills in what is left out. */
function filled(common: object, own: object): object {
  return { ...USUAL, ...common, ...own };
}

/** What of a record must be read back: null is what is not there, but for columns that are filled in. */
function printed(record: object, columns = Object.keys(record)): object {
  const pairs = Object.entries(record).filter(
    ([name, value]) => (value != null || name in USUAL) && columns.includes(name),
  );
  return Object.fromEntries(pairs.map(([name, value]) => [name, typeof value === 'bigint' ? Number(value) : value]));
}
