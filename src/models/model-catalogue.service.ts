import { Injectable } from '@nestjs/common';
import type { CatalogueCheck } from '../catalogue/catalogue-check.js';
import { Catalogue } from '../catalogue/catalogue.service.js';
import type { Drift } from '../catalogue/drift.js';
import type { Access } from '../common/http/access.js';
import { catalogueNameOf } from '../providers/presets.js';
import { ProviderScopes } from '../providers/provider-scopes.service.js';
import type { Model } from './model.entity.js';
import { ModelReads, type ModelFilter, type NamePage } from './model-reads.service.js';
import type { PricedModel } from './model.dto.js';
import { priceErrors } from './models.errors.js';
import { toNewPrices } from './list-prices.js';
import { toTexts, toTierTexts } from './price-table.js';
import type { NewPrice } from './prices.service.js';

/** A model that differs from what is published, with how. */
export interface DriftedModel {
  readonly priced: PricedModel;
  readonly drifts: readonly Drift[];
}

/** Compares models with the catalogue. It proposes; people decide. */
@Injectable()
export class ModelCatalogue {
  constructor(
    private readonly catalogue: Catalogue,
    private readonly reads: ModelReads,
    private readonly scopes: ProviderScopes,
  ) {}

  /** What the catalogue says to a model. */
  async validate(access: Access, { providerId, upstreamId, operation }: Model): Promise<CatalogueCheck> {
    const provider = catalogueNameOf(await this.scopes.provider(access, providerId));
    return this.catalogue.validate({ provider, upstreamId, operation });
  }

  /** The list prices of a model: the one in force, and those announced. Throws `price.unlisted`. */
  async listPrices(access: Access, { providerId, upstreamId, operation }: Model): Promise<NewPrice[]> {
    const provider = catalogueNameOf(await this.scopes.provider(access, providerId));
    const found = await this.catalogue.prefill({ provider, upstreamId, operation });
    if (!found || found.prices.length === 0) throw priceErrors.unlisted({ provider, upstreamId });
    return toNewPrices(found);
  }

  /** Those of a page of models that differ from what is published now; `models` is the page itself. */
  async drift(
    access: Access,
    filter: ModelFilter,
    page: NamePage,
  ): Promise<{ models: readonly PricedModel[]; drifted: readonly DriftedModel[] }> {
    const models = await this.reads.list(access, filter, page);
    const names = await this.catalogueNames(access, models.slice(0, page.limit));
    const drifts = await this.catalogue.drift(
      models.slice(0, page.limit).map(({ model, price }) => ({
        id: model.id,
        provider: names.get(model.providerId) ?? '',
        upstreamId: model.upstreamId,
        operation: model.operation,
        price: price && { buckets: toTexts(price), tiers: toTierTexts(price) },
      })),
    );
    const byModel = Map.groupBy(drifts, ({ id }) => id);
    const drifted = models.flatMap((priced) => {
      const found = byModel.get(priced.model.id);
      return found ? [{ priced, drifts: found }] : [];
    });
    return { models, drifted };
  }

  private async catalogueNames(access: Access, models: readonly PricedModel[]): Promise<ReadonlyMap<string, string>> {
    const names = new Map<string, string>();
    for (const { model } of models) {
      if (names.has(model.providerId)) continue;
      names.set(model.providerId, catalogueNameOf(await this.scopes.provider(access, model.providerId)));
    }
    return names;
  }
}
