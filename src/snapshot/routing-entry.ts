/** How the targets of one priority are put in order. */
export const STRATEGIES = [
  'priority',
  'weighted',
  'round_robin',
  'least_loaded',
  'fastest',
  'cheapest',
  'scored',
  'thompson',
] as const;
export type Strategy = (typeof STRATEGIES)[number];

/** What matters in a score. */
export const MODES = ['cheap', 'normal', 'high_confidence', 'planning'] as const;
export type Mode = (typeof MODES)[number];

/** How much each term of a score counts; `weight` speaks for a target, the others against it. */
export interface ScoreWeights {
  readonly cost: number;
  readonly latency: number;
  readonly failure: number;
  readonly weight: number;
}

/** What keeps calls that belong together at one target. */
export interface Stickiness {
  readonly by: 'token' | 'metadata' | 'header' | 'conversation';
  /** The metadata key or the header's name, lower case; `null` for the others. */
  readonly key: string | null;
  /** Another salt deals all keys out anew. */
  readonly salt: string;
}

/** How a profile chooses among its targets, where it does more than try them in order. */
export interface RoutingEntry {
  readonly strategy: Strategy;
  /** For `scored`. */
  readonly mode: Mode;
  /** Weights of modes that differ from the usual ones. */
  readonly modes: Readonly<Partial<Record<Mode, ScoreWeights>>>;
  readonly stickiness: Stickiness | null;
  /** For `thompson`: the part of calls that is shared out evenly, so that all targets stay known. 0 to 1. */
  readonly exploration: number;
  /** For `thompson`: whether weights count in place of what was learned. */
  readonly isFixed: boolean;
}

export const RESPONSE_FORMATS = ['text', 'json_object', 'json_schema'] as const;
export type ResponseFormat = (typeof RESPONSE_FORMATS)[number];

export const WEEKDAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
export type Weekday = (typeof WEEKDAYS)[number];

/** When a target may be chosen. */
export type Condition =
  | { readonly all: readonly Condition[] }
  | { readonly any: readonly Condition[] }
  /** Bounds are inside. */
  | { readonly when: 'input_tokens' | 'messages'; readonly min?: number; readonly max?: number }
  | { readonly when: 'tools' | 'images' | 'audio' | 'reasoning'; readonly is: boolean }
  | { readonly when: 'response_format'; readonly in: readonly ResponseFormat[] }
  | { readonly when: 'header' | 'metadata'; readonly key: string; readonly in: readonly string[] }
  | { readonly when: 'header' | 'metadata'; readonly key: string; readonly isPresent: boolean }
  /** Ids or names of tokens. */
  | { readonly when: 'token'; readonly in: readonly string[] }
  | TimeCondition;

/** A part of the day, `HH:MM` to before `HH:MM`, over midnight when it ends before it begins. */
export interface TimeCondition {
  readonly when: 'time';
  readonly from: string;
  readonly to: string;
  /** The days on which it begins; all when left out. */
  readonly days?: readonly Weekday[];
  /** An IANA name. */
  readonly timeZone: string;
}
