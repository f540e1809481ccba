import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Repository, type EntityManager } from 'typeorm';
import { Writes, type Write } from '../audit/writes.service.js';
import { reaches, type Access } from '../common/http/access.js';
import { assertVersion, type ExpectedVersion } from '../common/http/etag.js';
import { isForeignKeyViolation, isUniqueViolation } from '../database/unique-violation.js';
import { findDriver } from '../providers/drivers/registry.js';
import { ProviderScopes, type ServedBy } from '../providers/provider-scopes.service.js';
import { visibleTo } from '../providers/scope.js';
import type { Operation } from '../snapshot/snapshot.js';
import { Model } from './model.entity.js';
import {
  applyModel,
  blankModel,
  defaultsProblem,
  toModelAudit,
  toolNamesProblem,
  type ModelSettings,
} from './model-shape.js';
import { modelErrors } from './models.errors.js';
import { PricesService, type LockModel, type NewPrice } from './prices.service.js';

/** What a new model can't do without, and its first price. */
export interface NewModel extends ModelSettings {
  readonly upstreamId: string;
  readonly operation: Operation;
  readonly price?: NewPrice | undefined;
  /** Prices that are announced beside the first. */
  readonly laterPrices?: readonly NewPrice[] | undefined;
}

/** Something that still needs a model. */
export interface ModelDependant {
  readonly kind: string;
  readonly id: string;
  readonly name: string;
}

/** Names what still needs a model, in the transaction that would remove it. */
export type ModelDependantsFinder = (manager: EntityManager, modelId: string) => Promise<readonly ModelDependant[]>;

/** Models of providers: made, changed and removed, each with its audit entry. */
@Injectable()
export class ModelsService {
  private readonly finders: ModelDependantsFinder[] = [];

  constructor(
    @InjectRepository(Model) private readonly models: Repository<Model>,
    private readonly writes: Writes,
    private readonly scopes: ProviderScopes,
    private readonly prices: PricesService,
  ) {}

  /** A room whose rows refer to models names its dependants here, once, at start. */
  registerDependants(finder: ModelDependantsFinder): void {
    this.finders.push(finder);
  }

  /** Throws `model.not_found`, also for one the caller may not see. */
  async get(access: Access, id: string): Promise<Model> {
    const model = await visibleTo(this.models.createQueryBuilder('model'), access)
      .andWhere('model.id = :id', { id })
      .getOne();
    if (!model) throw modelErrors.not_found({ id });
    return model;
  }

  /** Adds a model to a provider, by its id or name. Throws `model.name_taken`. */
  async create(access: Access, provider: string, input: NewModel): Promise<Model> {
    const servedBy = await this.providerFor(access, provider);
    return this.writes.run(access, (write) => this.insert(write, servedBy, input));
  }

  /** Adds those of the upstream ids that the provider doesn't have yet, named as the upstream names them. */
  async createAll(access: Access, provider: string, inputs: readonly NewModel[]): Promise<Model[]> {
    if (inputs.length === 0) return [];
    const servedBy = await this.providerFor(access, provider);
    return this.writes.run(access, async (write) => {
      const created: Model[] = [];
      for (const input of inputs) created.push(await this.insert(write, servedBy, input));
      return created;
    });
  }

  /** Changes what is given; a price that differs from the one in force is added. Throws `version.mismatch`, `model.name_taken`. */
  async update(
    access: Access,
    id: string,
    { price, ...input }: ModelSettings & Pick<NewModel, 'price'>,
    expected: ExpectedVersion = null,
  ): Promise<Model> {
    return this.writes.run(access, async (write) => {
      const model = await this.lock(write.manager, access, id);
      assertVersion(model.version, expected);
      const before = toModelAudit(model);
      const { driver } = await this.scopes.provider(access, model.providerId);
      this.assertFit(input, driver);
      applyModel(model, input);
      model.updatedAt = new Date();
      await this.save(write, model);
      this.note(write, model, { action: 'model.updated', before, after: toModelAudit(model) });
      if (price) await this.prices.ensure(write, model, price);
      return model;
    });
  }

  /** Creates the model of that name in a provider, or changes what is given of it. */
  async put(
    access: Access,
    { name, provider }: { name: string; provider: string | undefined },
    input: NewModel,
    expected: ExpectedVersion = null,
  ): Promise<{ isNew: boolean; model: Model }> {
    if (provider === undefined) throw modelErrors.provider_needed();
    const { id: providerId } = await this.scopes.provider(access, provider);
    const existing = await this.models.findOneBy({ providerId, name });
    if (existing) return { isNew: false, model: await this.update(access, existing.id, input, expected) };
    assertVersion(null, expected);
    return { isNew: true, model: await this.create(access, providerId, { ...input, name }) };
  }

  /** Removes it; its prices stay for the ledger. Throws `model.in_use` with what needs it. */
  async remove(access: Access, id: string, expected: ExpectedVersion = null): Promise<void> {
    await this.writes.run(access, async (write) => {
      const model = await this.lock(write.manager, access, id);
      assertVersion(model.version, expected);
      const found = await Promise.all(this.finders.map((finder) => finder(write.manager, id)));
      const dependants = found.flat();
      if (dependants.length > 0) throw modelErrors.in_use({ dependants });
      await write.manager.delete(Model, { id });
      this.note(write, model, { action: 'model.removed', before: toModelAudit(model), after: null });
    });
  }

  /** `lock`, for a service that brings its own transaction. */
  locker(access: Access, id: string): LockModel {
    return (manager) => this.lock(manager, access, id);
  }

  /** The row, locked, if the caller may change it. */
  async lock(manager: EntityManager, access: Access, id: string): Promise<Model> {
    const model = await visibleTo(manager.createQueryBuilder(Model, 'model'), access)
      .andWhere('model.id = :id', { id })
      .setLock('pessimistic_write')
      .getOne();
    if (!model) throw modelErrors.not_found({ id });
    if (!reaches(access, model.projectId)) throw modelErrors.tenant_wide();
    return model;
  }

  private async providerFor(access: Access, reference: string): Promise<ServedBy> {
    const provider = await this.scopes.provider(access, reference);
    if (!reaches(access, provider.projectId)) throw modelErrors.tenant_wide();
    return provider;
  }

  private async insert(
    write: Write,
    provider: ServedBy,
    { price, laterPrices = [], ...input }: NewModel,
  ): Promise<Model> {
    this.assertFit(input, provider.driver);
    const model = blankModel(provider);
    applyModel(model, { ...input, name: input.name ?? input.upstreamId });
    await this.save(write, model);
    for (const one of price ? [price, ...laterPrices] : laterPrices) await this.prices.insert(write, model, one);
    this.note(write, model, { action: 'model.created', before: null, after: toModelAudit(model) });
    return model;
  }

  private assertFit({ operation, defaults, toolNames }: ModelSettings, driver: string): void {
    const problem = defaultsProblem(defaults);
    if (problem) throw modelErrors.invalid_field({ issues: [{ path: 'defaults', message: problem }] });
    const names = toolNamesProblem(toolNames);
    if (names) throw modelErrors.invalid_field({ issues: [{ path: 'toolNames', message: names }] });
    const operations = findDriver(driver)?.operations ?? [];
    if (operation === undefined || operations.includes(operation)) return;
    const message = `must be one of ${operations.join(', ')} with the driver ${driver}`;
    throw modelErrors.invalid_field({ issues: [{ path: 'operation', message }] });
  }

  private async save({ manager }: Write, model: Model): Promise<void> {
    const { name, providerId } = model;
    try {
      await manager.save(model);
    } catch (error) {
      if (isUniqueViolation(error, 'model_name_key')) throw modelErrors.name_taken({ name }, { cause: error });
      if (isForeignKeyViolation(error, 'model_provider_fkey')) {
        throw modelErrors.provider_gone({ id: providerId }, { cause: error });
      }
      throw error;
    }
  }

  private note(
    write: Write,
    model: Model,
    fact: { action: string; before: object | null; after: object | null },
  ): void {
    const { id, name, projectId } = model;
    write.audit({ ...fact, projectId, target: { kind: 'model', id, label: name } });
    write.changed('model', id);
  }
}
