import { Controller, Get, Param, Post, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { IdPipe } from '../common/http/id.pipe.js';
import { Caller, type Access } from '../common/http/access.js';
import { toPage } from '../common/http/paging.js';
import { Requires } from '../common/http/requires.decorator.js';
import { namePage } from '../providers/scope.js';
import { DriftPage, ModelValidationView, toDriftView, toValidationView } from './model-catalogue.dto.js';
import { ModelCatalogue } from './model-catalogue.service.js';
import { ModelQuery } from './model.dto.js';
import { ModelsService } from './models.service.js';
import { PricesView, toPriceView } from './price.dto.js';
import { PricesService } from './prices.service.js';

@ApiTags('models')
@Controller('admin/v1')
export class ModelCatalogueController {
  constructor(
    private readonly models: ModelsService,
    private readonly catalogue: ModelCatalogue,
    private readonly prices: PricesService,
  ) {}

  /** Lists the models that differ from what the catalogue has now: other prices, deprecated, not listed. */
  @Get('catalogue/drift')
  @Requires('models:read')
  async drift(@Caller() access: Access, @Query() query: ModelQuery): Promise<DriftPage> {
    const page = namePage(query);
    const { models, drifted } = await this.catalogue.drift(access, query, page);
    const cursor = ({ model }: (typeof models)[number]) => [model.name, model.id];
    const { nextCursor } = toPage(models, page.limit, { view: ({ model }) => model.id, cursor });
    return { items: drifted.map(toDriftView), nextCursor };
  }

  /** Shows what the catalogue says to a model. It warns and never refuses. */
  @Get('models/:id/validation')
  @Requires('models:read')
  async validate(@Caller() access: Access, @Param('id', IdPipe) id: string): Promise<ModelValidationView> {
    return toValidationView(await this.catalogue.validate(access, await this.models.get(access, id)));
  }

  /** Adds the catalogue's list price from now on, and those that are announced. */
  @Post('models/:id/prices/prefill')
  @Requires('models:write')
  async prefill(@Caller() access: Access, @Param('id', IdPipe) id: string): Promise<PricesView> {
    const listed = await this.catalogue.listPrices(access, await this.models.get(access, id));
    const added = await this.prices.addAll(access, this.models.locker(access, id), listed);
    return { items: added.map(toPriceView).toReversed() };
  }
}
