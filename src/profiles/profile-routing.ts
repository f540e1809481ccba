import { MODES, type Condition, type Mode, type RoutingEntry, type ScoreWeights } from '../snapshot/routing-entry.js';
import { headerProblem } from './condition-problem.js';
import type { ModeWeightsInput, RoutingInput, StickinessInput } from './profile-routing.dto.js';

/** What is wrong with a part of a routing, and where. */
export interface RoutingProblem {
  readonly path: string;
  readonly message: string;
}

/** What is wrong with what takes several fields together, or `undefined`. */
export function routingProblem({ stickiness }: RoutingInput): RoutingProblem | undefined {
  if (!stickiness) return undefined;
  const path = 'routing.stickiness.key';
  const { by } = stickiness;
  const key = stickiness.key ?? null;
  const needsKey = by === 'header' || by === 'metadata';
  if (needsKey !== (key !== null)) return { path, message: needsKey ? 'must say which' : `means nothing for ${by}` };
  const message = by === 'header' ? headerProblem(key?.toLowerCase()) : undefined;
  return message === undefined ? undefined : { path, message };
}

const USUAL: Omit<RoutingEntry, 'modes' | 'stickiness'> = {
  strategy: 'priority',
  mode: 'normal',
  exploration: 0.05,
  isFixed: false,
};

/** The routing with everything that was left out; `null` for the order of the targets alone. */
export function toRouting({ modes, stickiness, ...plain }: RoutingInput): RoutingEntry | null {
  const said = Object.fromEntries(Object.entries(plain).filter(([, value]) => value !== undefined && value !== null));
  const routing: RoutingEntry = {
    ...USUAL,
    ...said,
    modes: toModes(modes ?? {}),
    stickiness: stickiness ? toStickiness(stickiness) : null,
  };
  const saysNothing = routing.strategy === 'priority' && !stickiness && !modes && said['mode'] === undefined;
  return saysNothing ? null : routing;
}

function toModes(input: ModeWeightsInput): RoutingEntry['modes'] {
  const modes: Partial<Record<Mode, ScoreWeights>> = {};
  for (const mode of MODES) {
    const given = input[mode];
    if (given) modes[mode] = { cost: given.cost, latency: given.latency, failure: given.failure, weight: given.weight };
  }
  return modes;
}

function toStickiness({ by, key, salt }: StickinessInput): RoutingEntry['stickiness'] {
  return { by, key: (by === 'header' ? key?.toLowerCase() : key) ?? null, salt: salt ?? '' };
}

/** The conditions of a target as they were checked, without what `undefined` leaves behind. */
export function toConditions(given: object | null | undefined): Condition | null {
  return given ? (JSON.parse(JSON.stringify(given)) as Condition) : null;
}

/** The routing as the planner takes it: no two profiles deal the same key out alike. */
export function compiledRouting(profileId: string, routing: RoutingEntry | null): RoutingEntry | null {
  if (!routing?.stickiness) return routing;
  const { stickiness } = routing;
  return { ...routing, stickiness: { ...stickiness, salt: `${profileId}/${stickiness.salt}` } };
}
