import { formatUsd } from '../common/money.js';
import type { USED_COLUMNS } from './rollup.sql.js';
import { percentiles, type PercentilesView } from './percentiles.js';
import { toUsedView } from './request.views.js';
import type { UsageMetrics } from './usage.dto.js';

/** One group of sums, as pg reads it. Latency comes as bins from the rollups, as percentiles from the rows. */
export interface MetricsRow extends Record<(typeof USED_COLUMNS)[number], string> {
  key: string | Date | null;
  requests: string;
  errors: string;
  cancelled: string;
  attempts: string;
  unpriced: string;
  estimated: string;
  cost_picos: string;
  bins?: number[] | null;
  durations?: number[] | null;
  first_bytes?: number[] | null;
  latency?: number[] | null;
  first_byte?: number[] | null;
}

/** The metrics of a group; of `undefined`, nothing happened. */
export function toMetrics(row: MetricsRow | undefined): UsageMetrics {
  const sums = row ?? ({} as Partial<MetricsRow>);
  const [requests, errors] = [count(sums.requests), count(sums.errors)];
  return {
    requests,
    errors,
    cancelled: count(sums.cancelled),
    errorRate: requests === 0 ? 0 : Math.round((errors / requests) * 1e6) / 1e6,
    attempts: count(sums.attempts),
    used: row ? toUsedView(row) : NOTHING_USED,
    costUsd: formatUsd(BigInt(sums.cost_picos ?? 0)),
    unpriced: count(sums.unpriced),
    estimated: count(sums.estimated),
    latency: percentilesOf(sums.latency, sums.bins, sums.durations),
    firstByte: percentilesOf(sums.first_byte, sums.bins, sums.first_bytes),
  };
}

const NOTHING_USED = toUsedView(new Proxy({} as MetricsRow, { get: () => '0' }));

function count(sum: string | undefined): number {
  return Number(sum ?? 0);
}

function percentilesOf(
  exact: readonly number[] | null | undefined,
  bins: readonly number[] | null | undefined,
  counts: readonly number[] | null | undefined,
): PercentilesView {
  if (!exact) return percentiles(bins ?? [], counts ?? []);
  const [p50 = null, p95 = null, p99 = null] = exact;
  return { p50, p95, p99 };
}
