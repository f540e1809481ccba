import type { AttemptPolicy } from '../snapshot/attempt-policy.js';
import type { Condition, RoutingEntry } from '../snapshot/routing-entry.js';
import type { Operation, RequestPolicy } from '../snapshot/snapshot.js';
import type { PriceOverride } from './price-override.js';

/** A target as a revision has it. */
export interface TargetBody {
  readonly modelId: string;
  readonly weight: number;
  readonly priority: number;
  readonly isEnabled: boolean;
  readonly conditions: Condition | null;
}

/** All of a profile that can be changed: what a revision keeps, and what rolling back brings back. */
export interface ProfileBody {
  readonly name: string;
  readonly aliases: readonly string[];
  readonly description: string | null;
  readonly operation: Operation;
  readonly isEnabled: boolean;
  /** In the order in which they were given. */
  readonly targets: readonly TargetBody[];
  /** `null`: in the order of the targets. */
  readonly routing: RoutingEntry | null;
  /** `null`: as all do. */
  readonly attempts: AttemptPolicy | null;
  /** `null`: nothing is answered from the cache. */
  readonly cacheSeconds: number | null;
  readonly policy: RequestPolicy | null;
  readonly priceOverride: PriceOverride | null;
  readonly responseModel: 'profile' | 'upstream';
}

/** Changes to a profile; what is `undefined` stays. */
export type ProfileChanges = { readonly [K in keyof ProfileBody]?: ProfileBody[K] | undefined };

/** A profile of that name and operation of which nothing else was said. */
export function blankBody(name: string, operation: Operation): ProfileBody {
  return {
    name,
    aliases: [],
    description: null,
    operation,
    isEnabled: true,
    targets: [],
    routing: null,
    attempts: null,
    cacheSeconds: null,
    policy: null,
    priceOverride: null,
    responseModel: 'profile',
  };
}

/** The body with the changes; keys are always in the same order. */
export function withChanges(body: ProfileBody, changes: ProfileChanges): ProfileBody {
  const given = Object.entries(changes).filter(([, value]) => value !== undefined);
  return { ...body, ...(Object.fromEntries(given) as Partial<ProfileBody>) };
}

/** A body as a revision has it, with what profiles did not have yet when it was made. */
export function completed(body: ProfileBody): ProfileBody {
  const targets = body.targets.map((target) => ({ ...target, conditions: target.conditions ?? null }));
  return { ...blankBody(body.name, body.operation), ...body, targets };
}
