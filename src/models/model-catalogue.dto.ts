import type { CatalogueCheck, CatalogueWarning } from '../catalogue/catalogue-check.js';
import type { Drift } from '../catalogue/drift.js';
import type { Operation } from '../snapshot/snapshot.js';
import type { DriftedModel } from './model-catalogue.service.js';
import { PriceTier, toPriceView, type PriceView } from './price.dto.js';
import type { PriceTexts } from './price-table.js';

/** What is publicly known of a model. */
export class ModelFactsView {
  upstreamId!: string;
  name!: string;
  operation!: Operation;
  capabilities!: string[];
  contextWindow!: number | null;
  maxOutput!: number | null;
  status!: string | null;
}

/** Something to think about; never a reason to refuse. */
export class ModelWarningView {
  code!: CatalogueWarning['code'];
  message!: string;
}

/** What the catalogue says to a model. */
export class ModelValidationView {
  kind!: 'known' | 'unknown_model' | 'unknown_provider';
  /** How it was found: by its own id, a rule of the catalogue, in another case, or without its version. */
  matchedBy!: 'exact' | 'rule' | 'case' | 'version' | null;
  facts!: ModelFactsView | null;
  warnings!: ModelWarningView[];
  /** Up to five ids that may have been meant. */
  suggestions!: string[];
}

/** A published price, in USD as `POST …/prices` takes it. */
export class ListedPriceView {
  buckets!: PriceTexts;
  tiers!: PriceTier[];
  /** `catalogue@` and its version. */
  source!: string;
}

/** A model that differs from what is published. */
export class DriftView {
  modelId!: string;
  providerId!: string;
  name!: string;
  upstreamId!: string;
  kinds!: Drift['kind'][];
  /** The price in force here; `null` unpriced. */
  price!: PriceView | null;
  /** What is published, where it differs. */
  listedPrice!: ListedPriceView | null;
  /** Ids that may have been meant by one that isn't listed. */
  suggestions!: string[];
}

export class DriftPage {
  items!: DriftView[];
  /** A page holds only those of its models that differ, so it may be empty and have a next one. */
  nextCursor!: string | null;
}

/** Shows what the catalogue says to a model. */
export function toValidationView(check: CatalogueCheck): ModelValidationView {
  if (check.kind !== 'known') {
    return { kind: check.kind, matchedBy: null, facts: null, warnings: [], suggestions: [...check.suggestions] };
  }
  const { upstreamId, name, operation, capabilities, contextWindow, maxOutput, status } = check.model;
  return {
    kind: 'known',
    matchedBy: check.matchedBy,
    facts: { upstreamId, name, operation, capabilities: [...capabilities], contextWindow, maxOutput, status },
    warnings: [...check.warnings],
    suggestions: [],
  };
}

/** Shows how a model differs. */
export function toDriftView({ priced: { model, price }, drifts }: DriftedModel): DriftView {
  const repriced = drifts.find((drift) => drift.kind === 'price_changed');
  return {
    modelId: model.id,
    providerId: model.providerId,
    name: model.name,
    upstreamId: model.upstreamId,
    kinds: drifts.map(({ kind }) => kind),
    price: price && toPriceView(price),
    listedPrice: repriced ? toListedPriceView(repriced) : null,
    suggestions: drifts.flatMap((drift) => (drift.kind === 'unlisted' ? drift.suggestions : [])),
  };
}

function toListedPriceView({ listed, priceSource }: Extract<Drift, { kind: 'price_changed' }>): ListedPriceView {
  return { buckets: listed.buckets, tiers: listed.tiers.map((tier) => ({ ...tier })), source: priceSource };
}
