import { ApiProperty } from '@nestjs/swagger';
import { IsString } from 'class-validator';
import { Omittable } from '../../common/http/omittable.decorator.js';
import { PageQuery } from '../../common/http/paging.js';
import type { CurrentHealth } from '../../snapshot/health/current-health.js';
import type { ProviderLimits } from '../../snapshot/health/provider-limits.js';
import type { Snapshot } from '../../snapshot/snapshot.js';

export class TargetHealthQuery extends PageQuery {
  /** Only those of this provider, by id or name. */
  @Omittable()
  @IsString()
  provider?: string;

  /** Only those that this project can use, by id or name. */
  @Omittable()
  @IsString()
  project?: string;
}

/** A limit of the provider's own, as its answers tell it. */
export class ProviderLimitView {
  @ApiProperty({ enum: ['requests', 'tokens'] })
  metric!: 'requests' | 'tokens';
  limit!: number | null;
  /** What was left when it was last told. */
  remaining!: number;
  /** When all of it is there again. */
  resetAt!: Date | null;
}

/** How the process that answers sees a model at its provider; processes tell each other of outages. */
export class TargetHealthView {
  modelId!: string;
  /** @example gpt-4o-mini */
  model!: string;
  providerId!: string;
  /** @example openai */
  provider!: string | null;
  /** `open` takes no calls as long as another target can; `half_open` is tried with one call. */
  state!: 'closed' | 'degraded' | 'open' | 'half_open';
  /** Since when it is so; `null` when nothing ever happened. */
  since!: Date | null;
  /**
   * The error class that brought it there.
   * @example first_byte_timeout
   */
  reason!: string | null;
  /** When an open one is tried again. */
  retryAt!: Date | null;
  /** Outcomes of the last minute that say something of the provider, seen by this process. */
  succeeded!: number;
  failed!: number;
  /** Calls of this process that it has not answered yet. */
  inFlight!: number;
  /** What the provider lets through, as its last answers said; empty when they say nothing. */
  limits!: ProviderLimitView[];
  /** Average time to the first byte, quick to rise and slow to fall. */
  firstByteMs!: number | null;
  /** Average time of whole answers. */
  durationMs!: number | null;
}

export class TargetHealthPage {
  items!: TargetHealthView[];
  nextCursor!: string | null;
}

/** A model as it is configured. */
export interface ListedModel {
  readonly id: string;
  readonly name: string;
  readonly providerId: string;
}

export function toTargetHealthView({ id, name, providerId }: ListedModel, seen: Seen): TargetHealthView {
  const { health, snapshot, now } = seen;
  const target = health.target(providerId, id);
  const { since, reason, openUntil, coolUntil } = target.stored;
  const { good, bad } = target.counts(now);
  const state = target.stateAt(now);
  const retryAt = Math.max(openUntil, coolUntil);
  return {
    modelId: id,
    model: name,
    providerId,
    provider: snapshot.providers.get(providerId)?.name ?? null,
    state,
    since: since === 0 ? null : new Date(since),
    reason: state === 'closed' ? null : reason,
    retryAt: state === 'open' ? new Date(retryAt) : null,
    succeeded: good,
    failed: bad,
    inFlight: target.inFlight,
    limits: limitViews(target.limits),
    firstByteMs: rounded(target.ttft.value),
    durationMs: rounded(target.total.value),
  };
}

function limitViews(limits: ProviderLimits | undefined): ProviderLimitView[] {
  const all = (['requests', 'tokens'] as const).map((metric) => ({ metric, known: limits?.[metric].known }));
  return all.flatMap(({ metric, known }) => {
    if (!known) return [];
    return [{ ...known, metric, resetAt: known.resetAt === null ? null : new Date(known.resetAt) }];
  });
}

/** What the answering process knows. */
interface Seen {
  readonly health: CurrentHealth;
  readonly snapshot: Snapshot;
  readonly now: number;
}

function rounded(ms: number | undefined): number | null {
  return ms === undefined ? null : Math.round(ms);
}
