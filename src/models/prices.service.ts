import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { isDeepStrictEqual } from 'node:util';
import { In, Repository, type EntityManager } from 'typeorm';
import { Writes, type Write } from '../audit/writes.service.js';
import type { Access } from '../common/http/access.js';
import { newId } from '../common/ids.js';
import { isUniqueViolation } from '../database/unique-violation.js';
import { databaseNow } from '../providers/scope.js';
import type { Model } from './model.entity.js';
import { priceErrors } from './models.errors.js';
import { Price } from './price.entity.js';
import { toColumns, toStoredTiers, toTexts, toTierTexts, type PriceTexts, type TierTexts } from './price-table.js';

/** A price to add; its texts were checked. */
export interface NewPrice {
  /** Now, if left out. */
  readonly effectiveFrom?: Date | undefined;
  readonly buckets: PriceTexts;
  readonly tiers?: readonly TierTexts[] | undefined;
  /** `manual` if left out. */
  readonly source?: string;
}

/** Finds the model of a price, locked, if the caller may change it. */
export type LockModel = (manager: EntityManager) => Promise<Model>;

/** Clocks differ a little; a price that was meant for now is not refused for it. */
const TOLERANCE_MS = 60_000;

/** The dated prices of models: added, never changed once in force. */
@Injectable()
export class PricesService {
  constructor(
    @InjectRepository(Price) private readonly prices: Repository<Price>,
    private readonly writes: Writes,
  ) {}

  /** All prices of these models, newest first, by model id. */
  async of(modelIds: readonly string[], manager = this.prices.manager): Promise<ReadonlyMap<string, Price[]>> {
    return byModel(await manager.find(Price, { where: { modelId: In([...modelIds]) }, order: NEWEST_FIRST }));
  }

  /** The prices of every model, newest first, by model id. */
  async all(manager = this.prices.manager): Promise<ReadonlyMap<string, Price[]>> {
    return byModel(await manager.find(Price, { order: NEWEST_FIRST }));
  }

  /** Adds a price. Throws `price.in_the_past`, `price.duplicate`. */
  add(access: Access, lockModel: LockModel, price: NewPrice): Promise<Price> {
    return this.writes.run(access, async (write) => this.insert(write, await lockModel(write.manager), price));
  }

  /** Adds several prices at once, or none. Throws as `add` does. */
  addAll(access: Access, lockModel: LockModel, prices: readonly NewPrice[]): Promise<Price[]> {
    return this.writes.run(access, async (write) => {
      const model = await lockModel(write.manager);
      const added: Price[] = [];
      for (const price of prices) added.push(await this.insert(write, model, price));
      return added;
    });
  }

  /** Replaces a price that is not in force yet. Throws `price.in_force`. */
  replace(access: Access, lockModel: LockModel, id: string, price: NewPrice): Promise<Price> {
    return this.writes.run(access, async (write) => {
      const model = await lockModel(write.manager);
      await this.withdraw(write, model, id);
      return this.insert(write, model, price);
    });
  }

  /** Takes back a price that is not in force yet. Throws `price.in_force`. */
  async remove(access: Access, lockModel: LockModel, id: string): Promise<void> {
    await this.writes.run(access, async (write) => this.withdraw(write, await lockModel(write.manager), id));
  }

  /** Adds a price in the caller's transaction. */
  async insert(write: Write, model: Model, input: NewPrice): Promise<Price> {
    const now = await databaseNow(write.manager);
    const effectiveFrom = input.effectiveFrom ?? now;
    if (effectiveFrom.getTime() < now.getTime() - TOLERANCE_MS) throw priceErrors.in_the_past();
    const price = Object.assign(new Price(), {
      id: newId(),
      tenantId: model.tenantId,
      modelId: model.id,
      effectiveFrom,
      source: input.source ?? 'manual',
      ...toColumns(input.buckets),
      tiers: toStoredTiers(input.tiers ?? []),
      createdAt: now,
    } satisfies Price);
    await write.manager.insert(Price, price).catch((error: unknown) => {
      throw isUniqueViolation(error, 'price_effective_key') ? priceErrors.duplicate({}, { cause: error }) : error;
    });
    note(write, model, { action: 'price.added', before: null, after: audited(price) });
    return price;
  }

  /** Adds a price, unless what is in force at its time says the same: what is sent again changes nothing. */
  async ensure(write: Write, model: Model, input: NewPrice): Promise<void> {
    const at = input.effectiveFrom ?? (await databaseNow(write.manager));
    const prices = (await this.of([model.id], write.manager)).get(model.id) ?? [];
    const current = priceInForce(prices, at);
    if (!current || !isSamePrice(current, input)) await this.insert(write, model, input);
  }

  private async withdraw(write: Write, model: Model, id: string): Promise<void> {
    const price = await write.manager.findOneBy(Price, { id, modelId: model.id });
    if (!price) throw priceErrors.not_found({ id });
    if (price.effectiveFrom <= (await databaseNow(write.manager))) throw priceErrors.in_force();
    await write.manager.delete(Price, { id });
    note(write, model, { action: 'price.withdrawn', before: audited(price), after: null });
  }
}

const NEWEST_FIRST = { effectiveFrom: 'DESC', id: 'DESC' } as const;

/** The price in force at `now` of prices that are sorted newest first. */
export function priceInForce(prices: readonly Price[], now: Date): Price | null {
  return prices.find(({ effectiveFrom }) => effectiveFrom <= now) ?? null;
}

function isSamePrice(price: Price, { buckets, tiers = [] }: NewPrice): boolean {
  const wanted = Object.assign(new Price(), toColumns(buckets), { tiers: toStoredTiers(tiers) });
  return isDeepStrictEqual([toTexts(price), toTierTexts(price)], [toTexts(wanted), toTierTexts(wanted)]);
}

function byModel(prices: readonly Price[]): Map<string, Price[]> {
  return Map.groupBy(prices, ({ modelId }) => modelId ?? '');
}

function audited(price: Price): object {
  const { id, effectiveFrom, source } = price;
  return { id, effectiveFrom, source, buckets: toTexts(price), tiers: toTierTexts(price) };
}

function note(write: Write, model: Model, fact: { action: string; before: object | null; after: object | null }): void {
  const { id, name, projectId } = model;
  write.audit({ ...fact, projectId, target: { kind: 'model', id, label: name } });
  write.changed('model', id);
}
