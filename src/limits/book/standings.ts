import type { AllowanceEntry } from '../../snapshot/allowances.js';

/** How far a window of an allowance is used up, over all workers. */
export interface Standing {
  readonly entry: AllowanceEntry;
  /** The metadata value; empty for other scopes. */
  readonly subject: string;
  /** ms since epoch; `Infinity` for a window that never ends. */
  readonly start: number;
  readonly end: number;
  /** With a raise in force. */
  readonly limit: number;
  /** Spent for good. */
  readonly settled: number;
  /** Set aside for calls under way. */
  readonly held: number;
  /** Granted to workers, and neither spent nor set aside yet. */
  readonly leased: number;
}

/** Whose standing is asked for; without a subject: of every one there is. */
export interface StandingOf {
  readonly entry: AllowanceEntry;
  readonly subject?: string;
}

/** The way to the numbers by which limits are kept. */
export abstract class Standings {
  /** Rejects while Postgres is away. One for each that is asked for; of unnamed subjects the most used, 200 at most. */
  abstract of(asked: readonly StandingOf[]): Promise<Standing[]>;
}

/** What is neither spent nor set aside. */
export function remainingOf({ limit, settled, held }: Standing): number {
  return Math.max(0, limit - settled - held);
}
