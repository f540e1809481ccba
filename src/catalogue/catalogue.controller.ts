import { Controller, Get, HttpCode, Post, Query, Req } from '@nestjs/common';
import { ApiBody, ApiConsumes, ApiTags } from '@nestjs/swagger';
import type { Request } from 'express';
import { Caller, type Access } from '../common/http/access.js';
import { Requires } from '../common/http/requires.decorator.js';
import { CatalogueReads } from './catalogue-reads.service.js';
import { CatalogueRefresh } from './catalogue-refresh.service.js';
import {
  CatalogueModelPage,
  CatalogueView,
  CheckModel,
  ImportQuery,
  ListCatalogueModels,
  ModelCheckView,
  RefreshView,
  toCatalogueModelView,
  toLayerView,
  toModelCheckView,
  toRefreshView,
} from './catalogue.dto.js';
import { Catalogue } from './catalogue.service.js';
import { collect } from './catalogue-source.js';

@ApiTags('catalogue')
@Controller('admin/v1/catalogue')
export class CatalogueController {
  constructor(
    private readonly catalogue: Catalogue,
    private readonly reads: CatalogueReads,
    private readonly refreshing: CatalogueRefresh,
  ) {}

  /** Shows what the catalogue consists of, and how old it is. */
  @Get()
  @Requires('catalogue:read')
  async show(): Promise<CatalogueView> {
    const layers = (await this.reads.releases()).map((release) => toLayerView(release));
    return { layers, refreshesFrom: this.refreshing.address, ...(await this.refreshing.lastCheck()) };
  }

  /** Lists models with their facts and list prices. */
  @Get('models')
  @Requires('catalogue:read')
  async models(@Query() query: ListCatalogueModels): Promise<CatalogueModelPage> {
    const { items, nextCursor } = await this.reads.models(query);
    return { items: items.map(toCatalogueModelView), nextCursor };
  }

  /** Tells what is known of a model, what to think about, or which id may have been meant. */
  @Get('check')
  @Requires('catalogue:read')
  async check(@Query() query: CheckModel): Promise<ModelCheckView> {
    return toModelCheckView(await this.catalogue.validate(query));
  }

  /** Fetches the catalogue from its configured address. No model and no price of yours changes. */
  @Post('refresh')
  @HttpCode(200)
  @Requires('catalogue:write')
  async refresh(@Caller() access: Access): Promise<RefreshView> {
    return toRefreshView(await this.refreshing.refresh(access));
  }

  /** Takes an uploaded document in the shape of models.dev's `api.json`, at most 8 MB, for places without a network. */
  @Post('import')
  @HttpCode(200)
  @ApiConsumes('application/json')
  @ApiBody({ schema: { type: 'object' } })
  @Requires('catalogue:write')
  async import(
    @Caller() access: Access,
    @Query() { force = false }: ImportQuery,
    @Req() request: Request,
  ): Promise<RefreshView> {
    return toRefreshView(await this.refreshing.import(access, await collect(request), force));
  }
}
