import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Put, Query } from '@nestjs/common';
import { ApiParam, ApiQuery, ApiTags } from '@nestjs/swagger';
import { IdPipe } from '../common/http/id.pipe.js';
import { Caller, type Access } from '../common/http/access.js';
import { ByName, PlacePipe, type NamedPlace } from '../common/http/by-name.decorator.js';
import { Etagged, IfMatch, type Etag, type ExpectedVersion } from '../common/http/etag.js';
import { toPage } from '../common/http/paging.js';
import { Requires } from '../common/http/requires.decorator.js';
import { Idempotent } from '../identity/idempotent.decorator.js';
import {
  CreateProvider,
  PROVIDER_NAME,
  PROVIDER_NAME_RULE,
  ProviderPlaceQuery,
  ProviderQuery,
  PutProvider,
  UpdateProvider,
} from './provider.dto.js';
import { ProviderPage, ProviderView, toProviderView } from './provider-view.dto.js';
import type { Provider } from './provider.entity.js';
import { ProviderReads } from './provider-reads.service.js';
import { ProviderScopes } from './provider-scopes.service.js';
import { ProvidersService } from './providers.service.js';
import { namePage } from './scope.js';

@ApiTags('providers')
@Controller('admin/v1/providers')
export class ProvidersController {
  constructor(
    private readonly providers: ProvidersService,
    private readonly reads: ProviderReads,
    private readonly scopes: ProviderScopes,
  ) {}

  /** Lists the providers by name, with what was last seen of each. */
  @Get()
  @Requires('providers:read')
  async list(@Caller() access: Access, @Query() query: ProviderQuery): Promise<ProviderPage> {
    const page = namePage(query);
    const rows = await this.reads.list(await this.scopes.narrow(access, query.project), { q: query.q, ...page });
    return toPage(rows, page.limit, { view: toProviderView, cursor: ({ provider }) => [provider.name, provider.id] });
  }

  /** Shows one provider. */
  @Get(':id')
  @Requires('providers:read')
  async get(@Caller() access: Access, @Param('id', IdPipe) id: string, @Etagged() etag: Etag): Promise<ProviderView> {
    return etag.on(await this.view(await this.providers.get(access, id)));
  }

  /** Adds a provider to a project, or to the whole tenant. */
  @Post()
  @Idempotent()
  @Requires('providers:write')
  async create(
    @Caller() access: Access,
    @Query() { project }: ProviderPlaceQuery,
    @Body() body: CreateProvider,
    @Etagged() etag: Etag,
  ): Promise<ProviderView> {
    const projectId = await this.scopes.resolve(access, project);
    return etag.on(await this.view(await this.providers.create(access, projectId, body)));
  }

  /** Creates the provider of that name (201), or changes the fields that are sent (200). */
  @Put('by-name/:name')
  @Requires('providers:write')
  @ApiParam({ name: 'name', type: String })
  @ApiQuery({ name: 'project', required: false, description: 'A project, by id or name.' })
  async put(
    @Caller() access: Access,
    @ByName('project', new PlacePipe(PROVIDER_NAME, PROVIDER_NAME_RULE)) { name, within }: NamedPlace,
    @Body() body: PutProvider,
    @Etagged() etag: Etag,
  ): Promise<ProviderView> {
    const place = { name, projectId: await this.scopes.resolve(access, within) };
    const { provider, isNew } = await this.providers.put(access, place, body, etag.expected);
    return etag.put(await this.view(provider), isNew);
  }

  /** Changes the fields that are sent and keeps the others. */
  @Patch(':id')
  @Requires('providers:write')
  async update(
    @Caller() access: Access,
    @Param('id', IdPipe) id: string,
    @Body() body: UpdateProvider,
    @Etagged() etag: Etag,
  ): Promise<ProviderView> {
    return etag.on(await this.view(await this.providers.update(access, id, body, etag.expected)));
  }

  /** Removes a provider that no model uses, with the secret that was made for it. */
  @Delete(':id')
  @HttpCode(204)
  @Requires('providers:write')
  remove(
    @Caller() access: Access,
    @Param('id', IdPipe) id: string,
    @IfMatch() expected: ExpectedVersion,
  ): Promise<void> {
    return this.providers.remove(access, id, expected);
  }

  private async view(provider: Provider): Promise<ProviderView> {
    return toProviderView(await this.reads.oneWithStatus(provider));
  }
}
