import type { Counter } from './book/counter.js';
import type { Claim } from './book/lease-book.js';
import type { LeaseAsk, LeaseGrant, LeaseReport } from './lease-sync.js';

/** A call that waits for more to be granted; it hears whether Postgres was asked. */
export interface LeaseWaiter {
  readonly claim: Claim;
  readonly resolve: (wasAsked: boolean) => void;
}

/** What was told and asked for, and what came back. */
export interface Exchanged {
  readonly reports: readonly LeaseReport[];
  readonly asks: readonly LeaseAsk[];
  readonly grants: readonly LeaseGrant[];
  /** The ids of counters that others look for. */
  readonly wanted: ReadonlySet<string>;
}

/** How those leases stand that Postgres knows otherwise. */
export function reportsOf(counters: Iterable<Counter>): LeaseReport[] {
  const reports: LeaseReport[] = [];
  for (const counter of counters) {
    const { id, granted, settled, held } = counter;
    if (id !== undefined && !counter.isTold) reports.push({ counter, granted, settled, held });
  }
  return reports;
}

/** What to ask for: what calls wait for, what is owed, and what the counter would like to have at hand. */
export function asksOf(counters: readonly Counter[], waiters: readonly LeaseWaiter[]): LeaseAsk[] {
  const waiting = new Map<Counter, number>();
  for (const { claim } of waiters) waiting.set(claim.counter, (waiting.get(claim.counter) ?? 0) + claim.amount);
  return counters.map((counter) => {
    const { free, target } = counter;
    const need = Math.max(0, (waiting.get(counter) ?? 0) - Math.max(0, free));
    return { counter, need, debt: Math.max(0, -free), wish: Math.max(need, target - free) };
  });
}
