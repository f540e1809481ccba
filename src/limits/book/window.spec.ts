import { windowAt, type WindowRule } from './window.js';

const iso = (text: string): number => Date.parse(text);
const rule = (window: WindowRule['window'], timeZone = 'UTC', rollingSeconds: number | null = null): WindowRule => ({
  window,
  timeZone,
  rollingSeconds,
});

describe('windowAt', () => {
  it.each([
    ['second', 'UTC', '2026-11-20T12:34:56.000Z', '2026-11-20T12:34:57.000Z'],
    ['minute', 'UTC', '2026-11-20T12:34:00.000Z', '2026-11-20T12:35:00.000Z'],
    ['hour', 'UTC', '2026-11-20T12:00:00.000Z', '2026-11-20T13:00:00.000Z'],
    ['day', 'Europe/Zurich', '2026-11-19T23:00:00.000Z', '2026-11-20T23:00:00.000Z'],
    ['week', 'Europe/Zurich', '2026-11-15T23:00:00.000Z', '2026-11-22T23:00:00.000Z'],
    ['month', 'Asia/Kolkata', '2026-10-31T18:30:00.000Z', '2026-11-30T18:30:00.000Z'],
  ] as const)('gives the %s of %s', (window, timeZone, start, end) => {
    const span = windowAt(rule(window, timeZone), iso('2026-11-20T12:34:56.789Z'));
    expect(span).toEqual({ start: iso(start), end: iso(end), since: iso(start) });
  });

  it('gives days as long as they are when clocks change', () => {
    const { start, end } = windowAt(rule('day', 'Europe/Zurich'), iso('2026-10-25T12:00:00Z'));
    expect((end - start) / 3_600_000).toBe(25);
  });

  it('counts a rolling window in pieces, and one piece more', () => {
    const { start, end, since } = windowAt(rule('rolling', 'UTC', 600), iso('2026-11-20T12:34:56Z'));
    expect([end - start, start - since]).toEqual([10_000, 600_000]);
  });

  it('never ends in total, and for concurrency', () => {
    for (const window of ['total', null] as const) expect(windowAt(rule(window), 1).end).toBe(Infinity);
  });
});
