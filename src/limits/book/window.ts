import type { AllowanceEntry } from '../../snapshot/allowances.js';

/** A stretch of time that has a counter of its own: from `start` (included) to `end`, ms since epoch. */
export interface WindowSpan {
  readonly start: number;
  /** `Infinity` for one that never ends. */
  readonly end: number;
  /** The earliest counter that still counts against the limit: `start`, but in a rolling window an older one. */
  readonly since: number;
}

/** What decides about an allowance's windows. */
export type WindowRule = Pick<AllowanceEntry, 'window' | 'rollingSeconds' | 'timeZone'>;

const FOR_GOOD: WindowSpan = { start: 0, end: Infinity, since: 0 };
const SECOND = 1000;
const FIXED = { second: SECOND, minute: 60 * SECOND, hour: 3600 * SECOND } as const;
/** A rolling window is counted in this many pieces, and one more: it never forgets too early. */
const PIECES = 60;
const CALENDAR = { day: { days: 1 }, week: { weeks: 1 }, month: { months: 1 } } as const;

/** The window that a moment is in. Days, weeks (from Monday) and months are those of the rule's time zone. */
export function windowAt({ window, rollingSeconds, timeZone }: WindowRule, now: number): WindowSpan {
  if (window === null || window === 'total') return FOR_GOOD;
  if (window === 'rolling') return rolling(now, (rollingSeconds ?? 1) * SECOND);
  if (window === 'second' || window === 'minute' || window === 'hour') return fixed(now, FIXED[window]);
  return calendar(window, timeZone, now);
}

function fixed(now: number, length: number): WindowSpan {
  const start = now - (now % length);
  return { start, end: start + length, since: start };
}

function rolling(now: number, length: number): WindowSpan {
  const { start, end } = fixed(now, Math.max(SECOND, Math.ceil(length / PIECES)));
  return { start, end, since: start - length };
}

function calendar(window: 'day' | 'week' | 'month', timeZone: string, now: number): WindowSpan {
  const today = Temporal.Instant.fromEpochMilliseconds(now).toZonedDateTimeISO(timeZone).startOfDay();
  const first = {
    day: () => today,
    week: () => today.subtract({ days: today.dayOfWeek - 1 }).startOfDay(),
    month: () => today.with({ day: 1 }).startOfDay(),
  }[window]();
  const start = first.epochMilliseconds;
  return { start, end: first.add(CALENDAR[window]).startOfDay().epochMilliseconds, since: start };
}
