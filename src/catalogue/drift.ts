import type { CatalogueCheck, WantedModel } from './catalogue-check.js';
import { priceOn, type ListPrice, type PriceTexts } from './list-price.js';

/** A model with the price that it is charged at. */
export interface PricedModel extends WantedModel {
  readonly id: string;
  /** `null` unpriced. */
  readonly price: Pick<ListPrice, 'buckets' | 'tiers'> | null;
}

/** One way in which a model differs from the catalogue. */
export type Drift =
  | {
      readonly kind: 'price_changed';
      readonly id: string;
      readonly ours: Pick<ListPrice, 'buckets' | 'tiers'> | null;
      readonly listed: ListPrice;
      readonly priceSource: string;
    }
  | { readonly kind: 'deprecated'; readonly id: string }
  | { readonly kind: 'unlisted'; readonly id: string; readonly suggestions: readonly string[] };

/** Compares one model. A provider that the catalogue doesn't know says nothing. */
export function driftOf(model: PricedModel, check: CatalogueCheck, day: string): Drift[] {
  if (check.kind === 'unknown_provider') return [];
  if (check.kind === 'unknown_model') return [{ kind: 'unlisted', id: model.id, suggestions: check.suggestions }];
  const { status, prices, priceVersion } = check.model;
  const drifts: Drift[] = status === 'deprecated' ? [{ kind: 'deprecated', id: model.id }] : [];
  const listed = priceOn(prices, day);
  if (listed && !isSamePrice(listed, model.price)) {
    const priceSource = `catalogue@${priceVersion}`;
    drifts.push({ kind: 'price_changed', id: model.id, ours: model.price, listed, priceSource });
  }
  return drifts;
}

function isSamePrice(listed: ListPrice, ours: PricedModel['price']): boolean {
  if (!ours || ours.tiers.length !== listed.tiers.length || !isSameTable(listed.buckets, ours.buckets)) return false;
  return listed.tiers.every((tier, index) => {
    const other = ours.tiers[index];
    return other?.aboveTokens === tier.aboveTokens && isSameTable(tier.buckets, other.buckets);
  });
}

function isSameTable(one: PriceTexts, other: PriceTexts): boolean {
  return tableKey(one) === tableKey(other);
}

function tableKey(table: PriceTexts): string {
  return JSON.stringify(Object.entries(table).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
