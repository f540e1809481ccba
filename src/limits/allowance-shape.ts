import { newId } from '../common/ids.js';
import type { AllowanceMetric } from '../snapshot/allowances.js';
import type { CreateAllowance, UpdateAllowance } from './allowance.dto.js';
import { Allowance } from './allowance.entity.js';
import { allowanceErrors } from './allowances.errors.js';
import { parseAmount } from './book/amounts.js';

const DEFAULT_THRESHOLDS = [50, 80, 100];

/** Where an allowance lives and what it belongs to, resolved to ids. */
export interface AllowanceTarget {
  readonly tenantId: string;
  readonly projectId: string | null;
  readonly profileId: string | null;
  readonly tokenId: string | null;
  readonly providerId: string | null;
  readonly modelId: string | null;
}

/** Makes the row of a new allowance. Throws `allowance.invalid_field`. */
export function blankAllowance(target: AllowanceTarget, input: CreateAllowance): Allowance {
  assertWindow(input);
  const allowance = Object.assign(new Allowance(), {
    ...target,
    id: newId(),
    name: input.name,
    scope: input.scope,
    metadataKey: input.scope === 'metadata' ? (input.metadataKey ?? null) : null,
    metadataValue: input.metadataValue ?? null,
    metric: input.metric,
    windowType: input.window ?? null,
    rollingSeconds: input.rollingSeconds ?? null,
    timeZone: input.timeZone ?? 'UTC',
    limitAmount: '0',
    thresholds: DEFAULT_THRESHOLDS,
    isHard: true,
    allowsUnpriced: false,
    onPostgresDown: input.metric === 'money' ? ('closed' as const) : ('open' as const),
    isEnabled: true,
    raisedBy: '0',
    raisedUntil: null,
    epoch: 0,
    resetAt: null,
  } satisfies Partial<Allowance>);
  applyAllowance(allowance, input);
  return allowance;
}

/** Puts what is given on an allowance. Throws `allowance.invalid_field`. */
export function applyAllowance(allowance: Allowance, changes: UpdateAllowance): void {
  const { limit, thresholds, ...plain } = changes;
  const { name, isHard, allowsUnpriced, onPostgresDown, isEnabled } = plain;
  const given = Object.entries({ name, isHard, allowsUnpriced, onPostgresDown, isEnabled });
  Object.assign(allowance, Object.fromEntries(given.filter(([, value]) => value !== undefined && value !== null)));
  if (limit !== undefined) allowance.limitAmount = String(amountOf('limit', allowance.metric, limit));
  if (thresholds) allowance.thresholds = thresholds.toSorted((a, b) => a - b);
}

/** An amount as it was sent. Throws `allowance.invalid_field`. */
export function amountOf(path: string, metric: AllowanceMetric, text: string): number {
  const amount = parseAmount(metric, text);
  if (amount !== undefined) return amount;
  const message = metric === 'money' ? 'must be USD with up to six decimals, such as 250.00' : 'must be a whole number';
  throw allowanceErrors.invalid_field({ issues: [{ path, message }] });
}

/** Refuses a change of what an allowance counts. Throws `allowance.shape_fixed`. */
export function assertSameShape(existing: Allowance, wanted: Allowance): void {
  const fixed = ['scope', 'profileId', 'tokenId', 'providerId', 'modelId', 'metadataKey', 'metadataValue'] as const;
  const window = ['metric', 'windowType', 'rollingSeconds', 'timeZone'] as const;
  const differing = [...fixed, ...window].find((field) => existing[field] !== wanted[field]);
  if (differing !== undefined) throw allowanceErrors.shape_fixed({ field: differing });
}

function assertWindow({ scope, metric, window, rollingSeconds }: CreateAllowance): void {
  const problem = (path: string, message: string): Error =>
    allowanceErrors.invalid_field({ issues: [{ path, message }] });
  if (metric === 'concurrency' && window !== undefined) throw problem('window', 'must be left out for concurrency');
  if (metric === 'seconds' && (scope !== 'run' || window !== 'total')) {
    throw problem('metric', 'seconds is for the scope run and the window total');
  }
  if (metric !== 'concurrency' && window === undefined) throw problem('window', 'must be given');
  if ((window === 'rolling') !== (rollingSeconds !== undefined)) {
    throw problem('rollingSeconds', 'must be given for a rolling window, and for no other');
  }
}
