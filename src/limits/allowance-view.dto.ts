import type { AllowanceMetric, AllowanceScope, AllowanceWindow } from '../snapshot/allowances.js';
import { Allowance } from './allowance.entity.js';
import { formatAmount } from './book/amounts.js';

/** A limit that is higher for a while. */
export class RaiseView {
  /** @example 20 */
  by!: string;
  until!: Date;
}

/** An allowance as it is shown. Amounts are texts: USD for money, else whole numbers. */
export class AllowanceView {
  id!: string;
  /** `null`: of the whole tenant. */
  projectId!: string | null;
  name!: string;
  scope!: AllowanceScope;
  /** The id of the profile, token, provider or model. */
  subjectId!: string | null;
  metadataKey!: string | null;
  /** `null`: each value by itself. */
  metadataValue!: string | null;
  metric!: AllowanceMetric;
  /** `null` for concurrency. */
  window!: AllowanceWindow | null;
  rollingSeconds!: number | null;
  timeZone!: string;
  /** @example 250 */
  limit!: string;
  thresholds!: number[];
  isHard!: boolean;
  allowsUnpriced!: boolean;
  onPostgresDown!: 'open' | 'closed';
  isEnabled!: boolean;
  /** The temporary raise in force, if there is one. */
  raise!: RaiseView | null;
  /** When it was last set back to zero. */
  resetAt!: Date | null;
  version!: number;
  createdAt!: Date;
  updatedAt!: Date;
}

export class AllowancePage {
  items!: AllowanceView[];
  nextCursor!: string | null;
}

/** The profile, token, provider or model that an allowance belongs to. */
export function subjectIdOf({ profileId, tokenId, providerId, modelId }: Allowance): string | null {
  return profileId ?? tokenId ?? providerId ?? modelId;
}

export function toAllowanceView(row: Allowance): AllowanceView {
  const { raisedUntil } = row;
  const isRaised = raisedUntil !== null && raisedUntil.getTime() > Date.now();
  return {
    id: row.id,
    projectId: row.projectId,
    name: row.name,
    scope: row.scope,
    subjectId: subjectIdOf(row),
    metadataKey: row.metadataKey,
    metadataValue: row.metadataValue,
    metric: row.metric,
    window: row.windowType,
    rollingSeconds: row.rollingSeconds,
    timeZone: row.timeZone,
    limit: formatAmount(row.metric, Number(row.limitAmount)),
    thresholds: row.thresholds,
    isHard: row.isHard,
    allowsUnpriced: row.allowsUnpriced,
    onPostgresDown: row.onPostgresDown,
    isEnabled: row.isEnabled,
    raise: isRaised ? { by: formatAmount(row.metric, Number(row.raisedBy)), until: raisedUntil } : null,
    resetAt: row.resetAt,
    version: row.version,
    createdAt: row.createdAt,
    updatedAt: row.updatedAt,
  };
}
