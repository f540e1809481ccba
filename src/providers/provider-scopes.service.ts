import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Repository } from 'typeorm';
import type { Access } from '../common/http/access.js';
import { ProjectsService } from '../identity/projects.service.js';
import { Provider } from './provider.entity.js';
import { providerErrors } from './providers.errors.js';
import { visibleTo } from './scope.js';

/** What a model needs to know of the provider that serves it. */
export type ServedBy = Pick<
  Provider,
  'id' | 'name' | 'tenantId' | 'projectId' | 'driver' | 'baseUrl' | 'catalogueProvider'
>;

/** Turns what a caller names (`?project=`, `?provider=`) into what it reaches. */
@Injectable()
export class ProviderScopes {
  constructor(
    @InjectRepository(Provider) private readonly providers: Repository<Provider>,
    private readonly projects: ProjectsService,
  ) {}

  /** The project that is named; without a name the whole tenant (`null`), or the caller's only project. */
  async resolve(access: Access, project?: string): Promise<string | null> {
    if (project === undefined && access.projectIds === 'all') return null;
    return this.projects.resolve(access, project);
  }

  /** The access narrowed to what the named project can use. */
  narrow(access: Access, project?: string): Promise<Access> {
    return this.projects.narrow(access, project);
  }

  /** Finds by id or by name; of two with the same name a project's wins over the tenant's. */
  async provider(access: Access, reference: string): Promise<ServedBy> {
    const provider = await visibleTo(this.providers.createQueryBuilder('provider'), access)
      .andWhere('(provider.id::text = :reference or provider.name = :reference)', { reference })
      .orderBy('provider.projectId', 'ASC', 'NULLS LAST')
      .getOne();
    if (!provider) throw providerErrors.not_found({ id: reference });
    return provider;
  }
}
