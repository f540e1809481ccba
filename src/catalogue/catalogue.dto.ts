import { Transform } from 'class-transformer';
import { IsBoolean, IsIn, IsString, Length } from 'class-validator';
import { Omittable } from '../common/http/omittable.decorator.js';
import { PageQuery } from '../common/http/paging.js';
import { OPERATIONS, type Operation } from '../snapshot/snapshot.js';
import type { CatalogueCheck, CatalogueWarning } from './catalogue-check.js';
import type { ModelStatus } from './catalogue-document.js';
import type { ListedModel } from './catalogue-reads.service.js';
import type { RefreshOutcome } from './catalogue-refresh.service.js';
import type { Layer, Release } from './catalogue-rows.js';
import type { ListPrice } from './list-price.js';

const DAY_MS = 24 * 60 * 60 * 1000;
const STALE_AFTER_DAYS = 30;

export class ListCatalogueModels extends PageQuery {
  /**
   * Only models of this provider.
   * @example openai
   */
  @Omittable()
  @IsString()
  @Length(1, 200)
  provider?: string;

  /**
   * Only models whose id or name contains this.
   * @example mini
   */
  @Omittable()
  @IsString()
  @Length(1, 200)
  q?: string;
}

export class CheckModel {
  /** @example openai */
  @IsString()
  @Length(1, 200)
  provider!: string;

  /** @example gpt-4o-mini */
  @IsString()
  @Length(1, 200)
  upstreamId!: string;

  /** What it is to be called for. */
  @Omittable()
  @IsIn(OPERATIONS)
  operation?: Operation;
}

export class ImportQuery {
  /** Takes a document that looks cut off, too. */
  @Omittable()
  @Transform(({ value }: { value: unknown }) => (value === 'true' ? true : value === 'false' ? false : value))
  @IsBoolean()
  force?: boolean;
}

/** One layer of the catalogue as it is in force. */
export class LayerView {
  /** `refreshed` lies over `bundled`. */
  layer!: Layer;

  /** @example genai-prices-0.1.8 */
  version!: string;

  /** Where it came from. */
  source!: string;
  providers!: number;
  models!: number;

  /** Rows that made no sense and were left out. */
  skipped!: number;
  fetchedAt!: Date;

  /** How old it is; `null` for the bundled layer, which ages with the software. */
  ageDays!: number | null;

  /** Whether it is older than 30 days. */
  isStale!: boolean;
}

export class CatalogueView {
  layers!: LayerView[];

  /** Where it is refreshed from, about once a day; `null` nowhere. */
  refreshesFrom!: string | null;

  /** When it was last looked for news. */
  checkedAt!: Date | null;

  /** What went wrong then; `null` nothing. */
  problem!: string | null;
}

/** Other prices for the whole call once its input is larger. */
export class ListTierView {
  aboveTokens!: number;

  /**
   * As in the price itself; a tier repeats what does not change.
   * @example { "input": "0.3", "output": "1.2" }
   */
  buckets!: Record<string, string>;
}

/** A published price. */
export class ListPriceView {
  /** The day it came into force; `null` since ever. */
  effectiveFrom!: string | null;

  /**
   * USD as decimal texts by bucket, in the form that `POST /admin/v1/models/{id}/prices` takes.
   * @example { "input": "0.15", "cachedInput": "0.075", "output": "0.6" }
   */
  buckets!: Record<string, string>;
  tiers!: ListTierView[];
}

/** A model as the catalogue lists it. */
export class CatalogueModelView {
  provider!: string;
  upstreamId!: string;
  name!: string;
  family!: string | null;

  /** A guess from its name and modalities. */
  operation!: Operation;
  capabilities!: string[];
  contextWindow!: number | null;
  maxOutput!: number | null;
  knowledge!: string | null;
  released!: string | null;
  status!: ModelStatus | null;

  /** In order of their beginning. */
  prices!: ListPriceView[];

  /** Parts of the published price that are not metered here. */
  unbilled!: string[];

  /** `null` when no price is known. */
  priceSource!: string | null;
}

export class CatalogueModelPage {
  items!: CatalogueModelView[];
  nextCursor!: string | null;
}

/** Something to think about; never a reason to refuse. */
export class CatalogueWarningView {
  /** @example deprecated */
  code!: CatalogueWarning['code'];
  message!: string;
}

export class ModelCheckView {
  kind!: 'known' | 'unknown_model' | 'unknown_provider';

  /** How it was found: by its own id, a rule of the catalogue, in another case, or without its version. */
  matchedBy!: 'exact' | 'rule' | 'case' | 'version' | null;
  model!: CatalogueModelView | null;
  warnings!: CatalogueWarningView[];

  /** Up to five ids that may have been meant. */
  suggestions!: string[];
}

/** What a refresh or import did. */
export class RefreshView {
  outcome!: 'unchanged' | 'updated';
  version!: string;
  added!: number;
  removed!: number;
  repriced!: number;
  skipped!: number;
}

export function toLayerView(release: Release, now = Date.now()): LayerView {
  const { layer, version, source, providerCount, modelCount, skippedCount, fetchedAt } = release;
  const ageDays = layer === 'bundled' ? null : Math.floor((now - fetchedAt.getTime()) / DAY_MS);
  const isStale = ageDays !== null && ageDays > STALE_AFTER_DAYS;
  const counts = { providers: providerCount, models: modelCount, skipped: skippedCount };
  return { layer, version, source, ...counts, fetchedAt, ageDays, isStale };
}

export function toCatalogueModelView(model: ListedModel): CatalogueModelView {
  const { match: _rule, version: _version, priceVersion, capabilities, unbilled, prices, ...facts } = model;
  return {
    ...facts,
    capabilities: [...capabilities],
    unbilled: [...unbilled],
    prices: prices.map(toListPriceView),
    priceSource: priceVersion === null ? null : `catalogue@${priceVersion}`,
  };
}

export function toModelCheckView(check: CatalogueCheck): ModelCheckView {
  if (check.kind !== 'known') {
    return { kind: check.kind, suggestions: [...check.suggestions], matchedBy: null, model: null, warnings: [] };
  }
  const { kind, matchedBy, model, warnings } = check;
  return { kind, matchedBy, model: toCatalogueModelView(model), warnings: [...warnings], suggestions: [] };
}

function toListPriceView({ effectiveFrom, buckets, tiers }: ListPrice): ListPriceView {
  return {
    effectiveFrom,
    buckets: { ...buckets },
    tiers: tiers.map((tier) => ({ aboveTokens: tier.aboveTokens, buckets: { ...tier.buckets } })),
  };
}

export function toRefreshView(outcome: RefreshOutcome): RefreshView {
  return { added: 0, removed: 0, repriced: 0, skipped: 0, ...outcome };
}
