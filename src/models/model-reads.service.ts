import { Injectable, type OnModuleInit } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { In, Repository, type EntityManager } from 'typeorm';
import type { Access } from '../common/http/access.js';
import { ProviderModels, type ProviderModel } from '../providers/provider-models.service.js';
import { ProviderScopes } from '../providers/provider-scopes.service.js';
import { databaseNow, pageByName, visibleTo } from '../providers/scope.js';
import type { ModelEntry, Operation } from '../snapshot/snapshot.js';
import { Model } from './model.entity.js';
import { toModelEntry } from './model-shape.js';
import type { PricedModel } from './model.dto.js';
import type { Price } from './price.entity.js';
import { priceInForce, PricesService } from './prices.service.js';

/** Which models a list shows. */
export interface ModelFilter {
  /** By id or name. */
  readonly provider?: string | undefined;
  /** Those that this project can use, by id or name. */
  readonly project?: string | undefined;
  readonly operation?: Operation | undefined;
  /** A part of the name or the upstream id. */
  readonly q?: string | undefined;
}

/** A model as others refer to it. */
export interface ModelReference {
  readonly id: string;
  /** `provider/name`. */
  readonly label: string;
}

/** Where a list begins, and how long it is. */
export interface NamePage {
  readonly limit: number;
  readonly after: readonly [name: string, id: string] | null;
}

/** Reads of models: lists with the price in force, and what the compiler needs. */
@Injectable()
export class ModelReads implements OnModuleInit {
  constructor(
    @InjectRepository(Model) private readonly models: Repository<Model>,
    private readonly prices: PricesService,
    private readonly providerModels: ProviderModels,
    private readonly scopes: ProviderScopes,
  ) {}

  onModuleInit(): void {
    this.providerModels.register((providerId, manager) => this.ofProvider(providerId, manager));
  }

  /** By name, one more than `limit` if there are more. */
  async list(access: Access, filter: ModelFilter, { limit, after }: NamePage): Promise<PricedModel[]> {
    const narrowed = await this.scopes.narrow(access, filter.project);
    const query = visibleTo(this.models.createQueryBuilder('model'), narrowed);
    if (filter.provider !== undefined) {
      const { id: providerId } = await this.scopes.provider(access, filter.provider);
      query.andWhere('model.providerId = :providerId', { providerId });
    }
    if (filter.operation) query.andWhere('model.operation = :operation', { operation: filter.operation });
    if (filter.q) {
      const found = `strpos(lower(model.name), lower(:q)) > 0 or strpos(lower(model.upstreamId), lower(:q)) > 0`;
      query.andWhere(`(${found})`, { q: filter.q });
    }
    return this.priced(await pageByName(query, limit + 1, after).getMany());
  }

  /** Adds the price in force. */
  async onePriced(model: Model): Promise<PricedModel> {
    return { model, price: priceInForce(await this.pricesOf(model.id), await databaseNow(this.models.manager)) };
  }

  /** The model's prices, newest first. */
  async pricesOf(modelId: string): Promise<Price[]> {
    return (await this.prices.of([modelId])).get(modelId) ?? [];
  }

  /** Adds the price in force to each. */
  async priced(models: readonly Model[]): Promise<PricedModel[]> {
    const prices = await this.prices.of(models.map(({ id }) => id));
    const now = await databaseNow(this.models.manager);
    return models.map((model) => ({ model, price: priceInForce(prices.get(model.id) ?? [], now) }));
  }

  /** The models of these ids (or all) as the data plane reads them; an id that is missing was removed. */
  async entries(ids: readonly string[] | 'all', manager = this.models.manager): Promise<ModelEntry[]> {
    const models = await manager.find(Model, { where: ids === 'all' ? {} : { id: In([...ids]) } });
    const prices = ids === 'all' ? await this.prices.all(manager) : await this.prices.of(ids, manager);
    return models.map((model) => toModelEntry(model, prices.get(model.id) ?? []));
  }

  /**
   * The models that a project can use and that a reference means: an id, `provider/name` or, when that is nothing, a
   * bare name. More than one when it says too little.
   */
  async matching(
    manager: EntityManager,
    { tenantId, projectId }: { tenantId: string; projectId: string },
    reference: string,
  ): Promise<ModelReference[]> {
    const rows = await manager.query<(ModelReference & { rank: number })[]>(
      `select model.id, provider.name || '/' || model.name as label,
              case when model.id::text = $3 then 1 when provider.name || '/' || model.name = $3 then 2 else 3 end as rank
       from model join provider on provider.id = model.provider_id
       where model.tenant_id = $1 and coalesce(model.project_id = $2, true)
         and (model.id::text = $3 or model.name = $3 or provider.name || '/' || model.name = $3)
       order by rank, label, model.id`,
      [tenantId, projectId, reference],
    );
    return rows.filter(({ rank }) => rank === rows[0]?.rank).map(({ id, label }) => ({ id, label }));
  }

  private ofProvider(providerId: string, manager: EntityManager = this.models.manager): Promise<ProviderModel[]> {
    const select = { id: true, name: true, upstreamId: true, operation: true } as const;
    return manager.find(Model, { where: { providerId }, select, order: { name: 'ASC' } });
  }
}
