import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Repository } from 'typeorm';
import { Writes, type Write } from '../audit/writes.service.js';
import { reaches, type Access } from '../common/http/access.js';
import { assertVersion, type ExpectedVersion } from '../common/http/etag.js';
import { Egress } from './egress/egress.service.js';
import { secretsSentElsewhere } from './kept-secrets.js';
import { ProviderRows, type ProviderInput } from './provider-rows.service.js';
import { blankProvider } from './provider-shape.js';
import { Provider } from './provider.entity.js';
import { providerErrors } from './providers.errors.js';
import { visibleTo } from './scope.js';

/** What a new provider can't do without. */
export interface NewProvider extends ProviderInput {
  readonly name: string;
  readonly driver: string;
  readonly baseUrl: string;
}

/** Where a provider belongs when it is made by name. */
export interface ProviderPlace {
  readonly name: string;
  /** `null`: the whole tenant. */
  readonly projectId: string | null;
}

/** Provider accounts: made, changed and removed by those who may. */
@Injectable()
export class ProvidersService {
  constructor(
    @InjectRepository(Provider) private readonly providers: Repository<Provider>,
    private readonly writes: Writes,
    private readonly egress: Egress,
    private readonly rows: ProviderRows,
  ) {}

  /** Throws `provider.not_found`, also for one the caller may not see. */
  async get(access: Access, id: string): Promise<Provider> {
    const provider = await visibleTo(this.providers.createQueryBuilder('provider'), access)
      .andWhere('provider.id = :id', { id })
      .getOne();
    if (!provider) throw providerErrors.not_found({ id });
    return provider;
  }

  /** Adds a provider to a project, or to the whole tenant (`null`). Throws `provider.name_taken`. */
  async create(access: Access, projectId: string | null, input: NewProvider): Promise<Provider> {
    if (!reaches(access, projectId)) throw providerErrors.tenant_wide();
    const settings = await this.checked(input);
    return this.writes.run(access, (write) =>
      this.rows.insert(write, access, blankProvider(access, projectId), settings),
    );
  }

  /** Changes what is given. Throws `provider.read_only`, `provider.credential_needed`, `version.mismatch`. */
  async update(access: Access, id: string, input: ProviderInput, expected: ExpectedVersion = null): Promise<Provider> {
    const settings = await this.checked(input);
    return this.writes.run(access, async (write) => {
      const provider = await this.lockForChange(write, access, id);
      assertVersion(provider.version, expected);
      const fields = secretsSentElsewhere(provider, settings);
      if (fields.length > 0) throw providerErrors.credential_needed({ fields });
      return this.rows.change(write, access, provider, settings);
    });
  }

  /** Creates the provider of that name, or changes what is given of it. */
  async put(
    access: Access,
    { name, projectId }: ProviderPlace,
    input: Omit<NewProvider, 'name'>,
    expected: ExpectedVersion = null,
  ): Promise<{ isNew: boolean; provider: Provider }> {
    const { tenantId } = access;
    const existing = await this.providers
      .createQueryBuilder('provider')
      .where('provider.tenantId = :tenantId and provider.name = :name', { tenantId, name })
      .andWhere('provider.projectId is not distinct from :projectId', { projectId })
      .getOne();
    if (existing) return { isNew: false, provider: await this.update(access, existing.id, input, expected) };
    assertVersion(null, expected);
    return { isNew: true, provider: await this.create(access, projectId, { ...input, name }) };
  }

  /** Removes it with the secret that was made for it. Throws `provider.in_use` with the models that need it. */
  async remove(access: Access, id: string, expected: ExpectedVersion = null): Promise<void> {
    await this.writes.run(access, async (write) => {
      const provider = await this.lockForChange(write, access, id);
      assertVersion(provider.version, expected);
      await this.rows.erase(write, access, provider);
    });
  }

  /** `get`, for something that only those may do who may change it. Throws `provider.tenant_wide`. */
  async getOwn(access: Access, id: string): Promise<Provider> {
    const provider = await this.get(access, id);
    if (!reaches(access, provider.projectId)) throw providerErrors.tenant_wide();
    return provider;
  }

  /** The row, locked, if the caller may change it here. */
  private async lockForChange(write: Write, access: Access, id: string): Promise<Provider> {
    const provider = await visibleTo(write.manager.createQueryBuilder(Provider, 'provider'), access)
      .andWhere('provider.id = :id', { id })
      .setLock('pessimistic_write')
      .getOne();
    if (!provider) throw providerErrors.not_found({ id });
    if (!reaches(access, provider.projectId)) throw providerErrors.tenant_wide();
    if (provider.source !== 'managed') throw providerErrors.read_only({ origin: provider.origin ?? provider.source });
    return provider;
  }

  /** The input with its base URLs checked against the egress rules, and normalised. */
  async checked<T extends ProviderInput>(input: T): Promise<T> {
    const { baseUrl, endpoints } = input;
    const href = baseUrl === undefined ? undefined : await this.checkedUrl('baseUrl', baseUrl);
    const check = (endpoint: string, index: number) => this.checkedUrl(`endpoints.${index}`, endpoint);
    const hrefs = endpoints && (await Promise.all(endpoints.map(check)));
    return { ...input, ...(href !== undefined && { baseUrl: href }), ...(hrefs && { endpoints: hrefs }) };
  }

  private async checkedUrl(path: string, text: string): Promise<string> {
    const url = await this.egress.checkBaseUrl(text);
    if ('problem' in url) throw providerErrors.invalid_field({ issues: [{ path, message: url.problem }] });
    return url.href;
  }
}
