import type { AttemptKind } from '../../journal/ledger-record.js';

type ExtraKind = Exclude<AttemptKind, 'first' | 'background'>;

/** How often this process did more for a call than its first attempt, for metrics. */
export class AttemptCounts {
  readonly extra: Record<ExtraKind, number> = {
    retry: 0,
    failover: 0,
    clamped: 0,
    hedge: 0,
    repair: 0,
    continuation: 0,
  };

  /** An attempt is about to be made. */
  count(kind: AttemptKind): void {
    if (kind !== 'first' && kind !== 'background') this.extra[kind]++;
  }
}
