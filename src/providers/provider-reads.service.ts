import { Injectable, type OnModuleInit } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { In, Repository, type EntityManager } from 'typeorm';
import type { Access } from '../common/http/access.js';
import type { ProviderEntry } from '../snapshot/snapshot.js';
import { Secrets } from '../vault/secrets.service.js';
import { findDriver } from './drivers/registry.js';
import type { CredentialPlace } from './provider-credentials.service.js';
import { ProviderOutcomes } from './provider-outcomes.service.js';
import { hasCredential, toEntry, type ProviderWithStatus } from './provider-shape.js';
import type { ProviderStatusRow } from './provider-status.entity.js';
import { stateOf } from './provider-status.js';
import { Provider } from './provider.entity.js';
import { pageByName, visibleTo } from './scope.js';

/** Which part of the providers a list shows. */
export interface ProviderFilter {
  /** A part of the name. */
  readonly q?: string | undefined;
  readonly limit: number;
  readonly after: readonly [name: string, id: string] | null;
}

/** Reads of providers: lists with their status, and what the compiler needs. */
@Injectable()
export class ProviderReads implements OnModuleInit {
  constructor(
    @InjectRepository(Provider) private readonly providers: Repository<Provider>,
    private readonly outcomes: ProviderOutcomes,
    private readonly secrets: Secrets,
  ) {}

  /** The vault asks before it lets go of a secret. */
  onModuleInit(): void {
    this.secrets.registerDependants(async (manager, secretId) => {
      const providers = await manager.findBy(Provider, { secretId });
      return providers.map(({ id, name }) => ({ kind: 'provider', id, name }));
    });
  }

  /** By name, one more than `limit` if there are more. */
  async list(access: Access, { q, limit, after }: ProviderFilter): Promise<ProviderWithStatus[]> {
    const query = visibleTo(this.providers.createQueryBuilder('provider'), access);
    if (q) query.andWhere('strpos(lower(provider.name), lower(:q)) > 0', { q });
    return this.withStatus(await pageByName(query, limit + 1, after).getMany());
  }

  /** Adds what was last seen of it. */
  async oneWithStatus(provider: Provider): Promise<ProviderWithStatus> {
    return this.describe(provider, await this.outcomes.lastOf([provider.id]));
  }

  /** Adds what was last seen of each. */
  async withStatus(providers: readonly Provider[]): Promise<ProviderWithStatus[]> {
    const lastOutcomes = await this.outcomes.lastOf(providers.map(({ id }) => id));
    return providers.map((provider) => this.describe(provider, lastOutcomes));
  }

  /** The providers of these ids (or all) as the data plane reads them; an id that is missing was removed. */
  async entries(ids: readonly string[] | 'all', manager?: EntityManager): Promise<ProviderEntry[]> {
    return (await this.rows(ids, manager)).map(toEntry);
  }

  /** Where the credentials of these providers (or all) are, by provider id. */
  async credentialPlaces(
    ids: readonly string[] | 'all',
    manager?: EntityManager,
  ): Promise<ReadonlyMap<string, CredentialPlace>> {
    const rows = await this.rows(ids, manager);
    return new Map(rows.map((provider) => [provider.id, placeOf(provider)]));
  }

  private describe(provider: Provider, outcomes: ReadonlyMap<string, ProviderStatusRow>): ProviderWithStatus {
    const last = outcomes.get(provider.id) ?? null;
    const state = stateOf({
      isEnabled: provider.isEnabled,
      hasCredential: hasCredential(provider),
      needsCredential: !findDriver(provider.driver)?.allowsNoCredential,
      lastOutcome: last?.outcome ?? null,
    });
    return { provider, state, last };
  }

  private rows(ids: readonly string[] | 'all', manager = this.providers.manager): Promise<Provider[]> {
    return manager.find(Provider, { where: ids === 'all' ? {} : { id: In([...ids]) } });
  }
}

function placeOf({ driver, secretId, credentialReference }: Provider): CredentialPlace {
  if (secretId) return { driver, kind: 'secret', secretId };
  return credentialReference ? { driver, kind: 'reference', ref: credentialReference } : { driver, kind: 'none' };
}
