import { Injectable } from '@nestjs/common';
import type { CatalogueCheck } from '../catalogue/catalogue-check.js';
import { Catalogue } from '../catalogue/catalogue.service.js';
import { inferOperation } from '../catalogue/infer-operation.js';
import type { Access } from '../common/http/access.js';
import { findDriver } from '../providers/drivers/registry.js';
import { catalogueNameOf } from '../providers/presets.js';
import { ProviderModels } from '../providers/provider-models.service.js';
import { ProviderScopes, type ServedBy } from '../providers/provider-scopes.service.js';
import { toNewPrices } from './list-prices.js';
import type { Model } from './model.entity.js';
import { ModelsService, type NewModel } from './models.service.js';

const CAPABILITY = /^[a-z][a-z0-9_-]{0,63}$/;

/** What to import. */
export interface ModelImport {
  readonly upstreamIds: readonly string[];
  readonly withPrices?: boolean | undefined;
}

/** Adds models by their upstream ids, with what the catalogue knows of them. */
@Injectable()
export class ModelImports {
  constructor(
    private readonly catalogue: Catalogue,
    private readonly scopes: ProviderScopes,
    private readonly models: ModelsService,
    private readonly providerModels: ProviderModels,
  ) {}

  /** Adds those that the provider doesn't have yet, all or none; the others are named. */
  async import(
    access: Access,
    providerId: string,
    { upstreamIds, withPrices = true }: ModelImport,
  ): Promise<{ created: Model[]; skipped: string[] }> {
    const provider = await this.scopes.provider(access, providerId);
    const there = await this.providerModels.of(provider.id);
    const known = new Set(there.flatMap(({ upstreamId, name }) => [upstreamId, name]));
    const wanted = [...new Set(upstreamIds)];
    const isKnown = (upstreamId: string) => known.has(upstreamId) || known.has(nameOf(upstreamId));
    const inputs: NewModel[] = [];
    for (const upstreamId of wanted.filter((one) => !isKnown(one))) {
      inputs.push(await this.describe(provider, upstreamId, withPrices));
    }
    return { created: await this.models.createAll(access, provider.id, inputs), skipped: wanted.filter(isKnown) };
  }

  private async describe(provider: ServedBy, upstreamId: string, withPrices: boolean): Promise<NewModel> {
    const wanted = { provider: catalogueNameOf(provider), upstreamId };
    const check = await this.catalogue.validate(wanted);
    const prices = withPrices ? await this.catalogue.prefill(wanted) : null;
    const [price, ...laterPrices] = prices ? toNewPrices(prices) : [];
    const facts = factsOf(check, upstreamId);
    const isOffered = findDriver(provider.driver)?.operations.includes(facts.operation);
    const operation = isOffered ? facts.operation : 'chat';
    return { ...facts, upstreamId, name: nameOf(upstreamId), operation, price, laterPrices };
  }
}

/** What the catalogue knows of a model, or its name suggests. */
function factsOf(check: CatalogueCheck, upstreamId: string) {
  if (check.kind !== 'known') return { operation: inferOperation(upstreamId) };
  const { operation, capabilities, contextWindow, maxOutput } = check.model;
  return { operation, capabilities: capabilities.filter((one) => CAPABILITY.test(one)), contextWindow, maxOutput };
}

/** The upstream id as a name of ours: what a name can't hold becomes a dash. */
function nameOf(upstreamId: string): string {
  const name = upstreamId.replaceAll(/[^A-Za-z0-9._:@/+-]/g, '-').replace(/^[^A-Za-z0-9]+/, '');
  return name.slice(0, 200) || 'model';
}
