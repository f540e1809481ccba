import type { GatewayHandle } from './gateway.ts';
import type { Child } from './processes.ts';
import type { Target } from './measure.ts';

/** Everything a row may use. */
export interface Bench {
  readonly simulator: Child;
  /** The simulator, called without anything between. */
  readonly direct: Target;
  readonly floor: Target;
  /** Others that were named on the command line. */
  readonly others: readonly Target[];
  /** What is measured against the floor: the gateway and the others. */
  readonly subjects: readonly Target[];
  readonly isGatewayWanted: boolean;
  /** The one that all rows share that have none of their own. */
  readonly gateway: GatewayHandle | undefined;
  /** Rounds of each measurement; the median counts. */
  readonly rounds: number;
  /** Divides the number of requests, for a quick run. */
  readonly scale: number;
  /** Whether what is measured by its CPU shares its core with everything else. */
  readonly isShared: boolean;
  /** Whether gateways have one target, no allowances, and nobody who reads their events. */
  readonly isPlain: boolean;
  /** Starts another floor. */
  startFloor(): Promise<Target & { readonly child: Child }>;
  /** Starts another gateway with its own data. */
  startGateway(env?: NodeJS.ProcessEnv): Promise<GatewayHandle>;
  log(line: string): void;
}

/** One line of the result. */
export interface Row {
  readonly row: string;
  readonly subject: string;
  readonly measured: string;
  /** The number that the bar is about. */
  readonly value: number;
  readonly bar: number | null;
  /** `null`: there is no bar, or this machine can't tell. */
  readonly passed: boolean | null;
  /** It hardly depends on what else the machine does, so that even a quick run may fail by it. */
  readonly isSteady?: boolean;
  readonly note?: string;
}

export type Measurement = (bench: Bench) => Promise<Row[]>;

/** A row whose value must not be above its bar. */
export function atMost(row: Omit<Row, 'passed'>): Row {
  return { ...row, passed: row.bar === null ? null : row.value <= row.bar };
}

/** A row whose value must reach its bar. */
export function atLeast(row: Omit<Row, 'passed'>): Row {
  return { ...row, passed: row.bar === null ? null : row.value >= row.bar };
}

/** Results of several rounds, by target; the targets take turns, so that a disturbance hits all of them. */
export async function alternating<T>(
  { rounds, log }: Bench,
  targets: readonly Target[],
  once: (target: Target) => Promise<T>,
): Promise<Map<Target, T[]>> {
  const results = new Map(targets.map((target) => [target, [] as T[]]));
  for (let round = 0; round < rounds; round++) {
    for (const target of targets) {
      results.get(target)?.push(await once(target));
      log(`  round ${round + 1} of ${rounds}: ${target.name}`);
    }
  }
  return results;
}
