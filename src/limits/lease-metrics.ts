/** Counters since the start, and gauges. */
export interface LeaseMetrics {
  /** Counters with something set aside. */
  readonly holds: number;
  readonly isCutOff: boolean;
  readonly opened: number;
  readonly refused: number;
  readonly syncs: number;
  readonly failures: number;
  readonly grants: number;
}
