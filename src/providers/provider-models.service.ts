import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { Operation } from '../snapshot/snapshot.js';

/** What a provider needs to know of the models that use it. */
export interface ProviderModel {
  readonly id: string;
  readonly name: string;
  readonly upstreamId: string;
  readonly operation: Operation;
}

/** Looks up the models of a provider, in the caller's transaction when it has one. */
export type ModelsFinder = (providerId: string, manager?: EntityManager) => Promise<readonly ProviderModel[]>;

/** The providers' view of the models above them, which register themselves here at start. */
@Injectable()
export class ProviderModels {
  private finder: ModelsFinder = () => Promise.resolve([]);

  register(finder: ModelsFinder): void {
    this.finder = finder;
  }

  /** The models of a provider. */
  of(providerId: string, manager?: EntityManager): Promise<readonly ProviderModel[]> {
    return this.finder(providerId, manager);
  }
}
