import fc from 'fast-check';
import { entryText } from './entry-text.js';
import type { AttemptRecord, LedgerEntry } from './ledger-record.js';

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
      request: { cost_picos: null, metadata: { team: 'a\0b', other: 'x\ud800y' } } as unknown as LedgerEntry['request'],
      attempts: [],
    });
    expect((JSON.parse(text) as LedgerEntry).request?.metadata).toEqual({ team: 'ab', other: 'x\ufffdy' });
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
