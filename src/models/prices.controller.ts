import { Body, Controller, Delete, Get, HttpCode, Param, Post, Put } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { IdPipe } from '../common/http/id.pipe.js';
import { Caller, type Access } from '../common/http/access.js';
import { Requires } from '../common/http/requires.decorator.js';
import { Idempotent } from '../identity/idempotent.decorator.js';
import { ModelReads } from './model-reads.service.js';
import { ModelsService } from './models.service.js';
import { CreatePrice, PricesView, PriceView, toPriceView } from './price.dto.js';
import { PricesService } from './prices.service.js';

@ApiTags('models')
@Controller('admin/v1/models/:id/prices')
export class PricesController {
  constructor(
    private readonly models: ModelsService,
    private readonly reads: ModelReads,
    private readonly prices: PricesService,
  ) {}

  /** Lists what the model costs, costed and will cost, newest first. */
  @Get()
  @Requires('models:read')
  async list(@Caller() access: Access, @Param('id', IdPipe) id: string): Promise<PricesView> {
    const { id: modelId } = await this.models.get(access, id);
    return { items: (await this.reads.pricesOf(modelId)).map(toPriceView) };
  }

  /** Adds a price that begins now or later. Prices in force are never changed. */
  @Post()
  @Idempotent()
  @Requires('models:write')
  async add(@Caller() access: Access, @Param('id', IdPipe) id: string, @Body() body: CreatePrice): Promise<PriceView> {
    return toPriceView(await this.prices.add(access, this.models.locker(access, id), body));
  }

  /** Replaces a price that is not in force yet; it gets a new id. */
  @Put(':priceId')
  @Requires('models:write')
  async replace(
    @Caller() access: Access,
    @Param('id', IdPipe) id: string,
    @Param('priceId', IdPipe) priceId: string,
    @Body() body: CreatePrice,
  ): Promise<PriceView> {
    const lock = this.models.locker(access, id);
    return toPriceView(await this.prices.replace(access, lock, priceId, body));
  }

  /** Takes back a price that is not in force yet. */
  @Delete(':priceId')
  @HttpCode(204)
  @Requires('models:write')
  remove(
    @Caller() access: Access,
    @Param('id', IdPipe) id: string,
    @Param('priceId', IdPipe) priceId: string,
  ): Promise<void> {
    return this.prices.remove(access, this.models.locker(access, id), priceId);
  }
}
