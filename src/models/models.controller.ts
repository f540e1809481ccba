import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Put, Query } from '@nestjs/common';
import { ApiParam, ApiQuery, ApiTags } from '@nestjs/swagger';
import { IdPipe } from '../common/http/id.pipe.js';
import { Caller, type Access } from '../common/http/access.js';
import { ByName, PlacePipe, type NamedPlace } from '../common/http/by-name.decorator.js';
import { Etagged, IfMatch, type Etag, type ExpectedVersion } from '../common/http/etag.js';
import { toPage } from '../common/http/paging.js';
import { Requires } from '../common/http/requires.decorator.js';
import { Idempotent } from '../identity/idempotent.decorator.js';
import { namePage } from '../providers/scope.js';
import {
  CreateModel,
  MODEL_NAME,
  MODEL_NAME_RULE,
  ModelPage,
  ModelQuery,
  ModelView,
  PutModel,
  toModelView,
  UpdateModel,
} from './model.dto.js';
import { ModelReads } from './model-reads.service.js';
import { ModelsService } from './models.service.js';

@ApiTags('models')
@Controller('admin/v1/models')
export class ModelsController {
  constructor(
    private readonly models: ModelsService,
    private readonly reads: ModelReads,
  ) {}

  /** Lists the models by name, each with the price in force. */
  @Get()
  @Requires('models:read')
  async list(@Caller() access: Access, @Query() query: ModelQuery): Promise<ModelPage> {
    const page = namePage(query);
    const rows = await this.reads.list(access, query, page);
    return toPage(rows, page.limit, { view: toModelView, cursor: ({ model }) => [model.name, model.id] });
  }

  /** Shows one model. */
  @Get(':id')
  @Requires('models:read')
  async get(@Caller() access: Access, @Param('id', IdPipe) id: string, @Etagged() etag: Etag): Promise<ModelView> {
    return etag.on(toModelView(await this.reads.onePriced(await this.models.get(access, id))));
  }

  /** Adds a model to a provider. */
  @Post()
  @Idempotent()
  @Requires('models:write')
  async create(
    @Caller() access: Access,
    @Body() { provider, ...input }: CreateModel,
    @Etagged() etag: Etag,
  ): Promise<ModelView> {
    return etag.on(toModelView(await this.reads.onePriced(await this.models.create(access, provider, input))));
  }

  /** Creates the model of that name in a provider (201), or changes the fields that are sent (200). */
  @Put('by-name/:name')
  @Requires('models:write')
  @ApiParam({ name: 'name', type: String })
  @ApiQuery({ name: 'provider', description: 'The provider, by id or name.' })
  async put(
    @Caller() access: Access,
    @ByName('provider', new PlacePipe(MODEL_NAME, MODEL_NAME_RULE)) { name, within }: NamedPlace,
    @Body() body: PutModel,
    @Etagged() etag: Etag,
  ): Promise<ModelView> {
    const { model, isNew } = await this.models.put(access, { name, provider: within }, body, etag.expected);
    return etag.put(toModelView(await this.reads.onePriced(model)), isNew);
  }

  /** Changes the fields that are sent and keeps the others. */
  @Patch(':id')
  @Requires('models:write')
  async update(
    @Caller() access: Access,
    @Param('id', IdPipe) id: string,
    @Body() body: UpdateModel,
    @Etagged() etag: Etag,
  ): Promise<ModelView> {
    const model = await this.models.update(access, id, body, etag.expected);
    return etag.on(toModelView(await this.reads.onePriced(model)));
  }

  /** Removes a model that no profile uses. Its prices stay for the ledger. */
  @Delete(':id')
  @HttpCode(204)
  @Requires('models:write')
  remove(
    @Caller() access: Access,
    @Param('id', IdPipe) id: string,
    @IfMatch() expected: ExpectedVersion,
  ): Promise<void> {
    return this.models.remove(access, id, expected);
  }
}
