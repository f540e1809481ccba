import { IsUUID } from 'class-validator';
import { IsInstant } from '../../common/http/instant.decorator.js';
import { formatUsd } from '../../common/money.js';
import type { Size } from '../../snapshot/arm-view.js';

/** Whose targets are compared, and when. */
export class ArmsQuery {
  /** The profile's id. */
  @IsUUID()
  profile!: string;

  /**
   * Only requests that began then or later. A day ago if left out; 31 days at most.
   * @example 2026-11-01T00:00:00Z
   */
  @IsInstant()
  from?: string;

  /** Only requests that began before. Now if left out. */
  @IsInstant()
  to?: string;
}

/** How a target did for calls of one size. */
export class ArmReportView {
  modelId!: string;
  /** `null` when the model is gone. */
  modelName!: string | null;
  /** By estimated input tokens: below 1,000, up to 10,000, above. */
  size!: Size;
  /** Those that say something of it: not the caller's mistakes. */
  attempts!: number;
  successes!: number;
  /** How often chance put it first. */
  drawn!: number;
  /** The mean, 0 to 1: success, and how quick and cheap beside the others. */
  reward!: number;
  /** The mean of what clients thought of its answers, 0 to 1; `null`: nobody said. */
  feedback!: number | null;
  /** The median of successes, to the first byte for streams; `null`: none. */
  latencyMs!: number | null;
  /** The mean of successes, in USD; `null`: none, or unpriced. */
  costUsd!: string | null;
  /** What the mean reward would be if all calls went there, by inverse propensities; `null`: nothing was drawn. */
  ips!: number | null;
  /** The same, self-normalised: a little biased, much steadier. */
  snips!: number | null;
}

export class ArmsView {
  from!: Date;
  to!: Date;
  items!: ArmReportView[];
}

/** A row of the report, as pg reads it. */
export interface ArmReportRow {
  readonly model_id: string;
  readonly size: Size;
  readonly attempts: number;
  readonly successes: number;
  readonly drawn: number;
  readonly reward: number;
  readonly feedback: number | null;
  readonly latency_ms: number | null;
  readonly cost_picos: string | null;
  readonly ips: number | null;
  readonly snips: number | null;
}

export function toArmReportView(row: ArmReportRow, names: ReadonlyMap<string, string>): ArmReportView {
  return {
    modelId: row.model_id,
    modelName: names.get(row.model_id) ?? null,
    size: row.size,
    attempts: row.attempts,
    successes: row.successes,
    drawn: row.drawn,
    reward: row.reward,
    feedback: row.feedback,
    latencyMs: row.latency_ms,
    costUsd: row.cost_picos === null ? null : formatUsd(BigInt(Math.round(Number(row.cost_picos)))),
    ips: row.ips,
    snips: row.snips,
  };
}
