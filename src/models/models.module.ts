import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AuditModule } from '../audit/audit.module.js';
import { IdentityModule } from '../identity/identity.module.js';
import { ProvidersModule } from '../providers/providers.module.js';
import { Model } from './model.entity.js';
import { ModelReads } from './model-reads.service.js';
import { ModelsController } from './models.controller.js';
import { ModelsService } from './models.service.js';
import { Price } from './price.entity.js';
import { PricesController } from './prices.controller.js';
import { PricesService } from './prices.service.js';

@Module({
  imports: [TypeOrmModule.forFeature([Model, Price]), AuditModule, IdentityModule, ProvidersModule],
  controllers: [PricesController, ModelsController],
  providers: [ModelReads, ModelsService, PricesService],
  exports: [ModelReads, ModelsService],
})
export class ModelsModule {}
