import { Injectable } from '@nestjs/common';
import type { CatalogueCheck, MatchedBy, WantedModel } from './catalogue-check.js';
import { CatalogueReads, type ModelId } from './catalogue-reads.service.js';
import { warningsOf } from './catalogue-warnings.js';
import { driftOf, type Drift, type PricedModel } from './drift.js';
import { priceOn, type ListPrice } from './list-price.js';
import { matches } from './match-rule.js';
import { baseId, nearIds } from './near-ids.js';

/** Prices to begin with. */
export interface PricePrefill {
  /** `catalogue@<version>`. */
  readonly priceSource: string;
  /** In order of their beginning: the one in force, then those that are announced. */
  readonly prices: readonly ListPrice[];
}

type Match = { readonly id: string; readonly matchedBy: MatchedBy };

/** What is publicly known of models: to check, to prefill and to compare with. It never changes anything by itself. */
@Injectable()
export class Catalogue {
  constructor(private readonly reads: CatalogueReads) {}

  /** Looks a model up. Unknown is no error: private and brand-new models are unknown. */
  async validate(wanted: WantedModel): Promise<CatalogueCheck> {
    const ids = await this.reads.idsOf(wanted.provider);
    if (ids.length === 0) {
      return { kind: 'unknown_provider', suggestions: nearIds(wanted.provider, await this.reads.providerIds()) };
    }
    const match = findMatch(wanted.upstreamId, ids);
    const [model] = match ? await this.reads.find(wanted.provider, [match.id]) : [];
    if (!match || !model) {
      return {
        kind: 'unknown_model',
        suggestions: nearIds(
          wanted.upstreamId,
          ids.map(({ upstreamId }) => upstreamId),
        ),
      };
    }
    return { kind: 'known', model, matchedBy: match.matchedBy, warnings: warningsOf(wanted, model, match.matchedBy) };
  }

  /** The list prices of a model from today on; `null` when none is known. */
  async prefill(wanted: WantedModel, today = new Date()): Promise<PricePrefill | null> {
    const check = await this.validate(wanted);
    if (check.kind !== 'known' || check.model.priceVersion === null) return null;
    const { prices, priceVersion } = check.model;
    const day = today.toISOString().slice(0, 10);
    const inForce = priceOn(prices, day);
    const announced = prices.filter(({ effectiveFrom }) => effectiveFrom !== null && effectiveFrom > day);
    return {
      priceSource: `catalogue@${priceVersion}`,
      prices: inForce ? [inForce, ...announced] : announced,
    };
  }

  /** How models differ from what is published now: other prices, a retired model. For people to decide. */
  async drift(models: readonly PricedModel[], today = new Date()): Promise<Drift[]> {
    const day = today.toISOString().slice(0, 10);
    const found: Drift[] = [];
    for (const model of models) found.push(...driftOf(model, await this.validate(model), day));
    return found;
  }
}

/** Exact before rule before case before version, so that a listed id always means itself. */
function findMatch(wanted: string, ids: readonly ModelId[]): Match | undefined {
  const folded = wanted.toLowerCase();
  const tries: readonly [MatchedBy, (id: ModelId) => boolean][] = [
    ['exact', ({ upstreamId }) => upstreamId === wanted],
    ['rule', ({ match }) => match !== null && matches(match, wanted)],
    ['case', ({ upstreamId }) => upstreamId.toLowerCase() === folded],
    ['version', ({ upstreamId }) => upstreamId.toLowerCase() === baseId(wanted)],
  ];
  for (const [matchedBy, isMatch] of tries) {
    const found = ids.find(isMatch);
    if (found) return { id: found.upstreamId, matchedBy };
  }
  return undefined;
}
