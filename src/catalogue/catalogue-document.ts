import type { Operation } from '../snapshot/snapshot.js';
import type { ListPrice } from './list-price.js';
import type { MatchRule } from './match-rule.js';

export const STATUSES = ['alpha', 'beta', 'deprecated'] as const;
export type ModelStatus = (typeof STATUSES)[number];

/** What is publicly known of a model at a provider. */
export interface CatalogueModel {
  readonly provider: string;
  readonly upstreamId: string;
  readonly name: string;
  readonly family: string | null;
  readonly operation: Operation;
  readonly capabilities: readonly string[];
  /** Tokens; `null` unknown. */
  readonly contextWindow: number | null;
  readonly maxOutput: number | null;
  /** Until when it was trained, `YYYY-MM` or `YYYY-MM-DD`. */
  readonly knowledge: string | null;
  readonly released: string | null;
  readonly status: ModelStatus | null;
  /** In order of their beginning; empty when none is known. */
  readonly prices: readonly ListPrice[];
  /** Parts of the published price that Waggle has no bucket for. */
  readonly unbilled: readonly string[];
  /** Which other ids mean this model; `null` only its own. */
  readonly match: MatchRule | null;
}

export interface CatalogueProvider {
  readonly provider: string;
  readonly name: string;
  readonly baseUrl: string | null;
}

/** A catalogue as one source has it, checked row by row. */
export interface CatalogueDocument {
  readonly providers: readonly CatalogueProvider[];
  readonly models: readonly CatalogueModel[];
  /** How many rows were left out because they make no sense. */
  readonly skipped: number;
}
