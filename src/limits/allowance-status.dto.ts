import type { AllowanceMetric } from '../snapshot/allowances.js';
import { formatAmount } from './book/amounts.js';
import { remainingOf, type Standing } from './book/standings.js';

const PERCENT = 100;

/** One counter. Amounts are texts: USD for money, else whole numbers. */
export class CounterStatusView {
  /** The metadata value; `null` for other scopes. */
  subject!: string | null;
  /** Spent for good. */
  settled!: string;
  /** Set aside for calls under way; 0 at rest. */
  held!: string;
  /** Granted to workers beyond that. */
  leased!: string;
  /** Neither spent nor set aside. */
  remaining!: string;
  /**
   * What is spent, of the limit; whole percent, rounded down.
   * @example 80
   */
  usedPercent!: number;
  /** The thresholds that were reached. */
  reached!: number[];
}

/** How an allowance stands: the very numbers by which it is kept, at most a second old. */
export class AllowanceStatusView {
  id!: string;
  name!: string;
  metric!: AllowanceMetric;
  /** With a raise in force. */
  limit!: string;
  /** `null` for one that never starts anew. */
  windowStart!: Date | null;
  windowEnd!: Date | null;
  /** The most used first, 200 at most. */
  counters!: CounterStatusView[];
}

export function toAllowanceStatusView(
  { id, name, metric, thresholds }: { id: string; name: string; metric: AllowanceMetric; thresholds: number[] },
  standings: readonly [Standing, ...Standing[]],
): AllowanceStatusView {
  const [{ limit, start, end }] = standings;
  const amount = (units: number): string => formatAmount(metric, units);
  return {
    id,
    name,
    metric,
    limit: amount(limit),
    windowStart: end === Infinity ? null : new Date(start),
    windowEnd: end === Infinity ? null : new Date(end),
    counters: standings.map((standing) => {
      const usedPercent = percentOf(standing);
      return {
        subject: standing.subject === '' ? null : standing.subject,
        settled: amount(standing.settled),
        held: amount(standing.held),
        leased: amount(standing.leased),
        remaining: amount(remainingOf(standing)),
        usedPercent,
        reached: thresholds.filter((threshold) => usedPercent >= threshold),
      };
    }),
  };
}

function percentOf({ settled, limit }: Standing): number {
  return limit === 0 ? PERCENT : Math.floor((settled / limit) * PERCENT);
}
