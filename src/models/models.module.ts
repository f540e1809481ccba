import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AuditModule } from '../audit/audit.module.js';
import { CatalogueModule } from '../catalogue/catalogue.module.js';
import { IdentityModule } from '../identity/identity.module.js';
import { ProvidersModule } from '../providers/providers.module.js';
import { Model } from './model.entity.js';
import { ModelCatalogueController } from './model-catalogue.controller.js';
import { ModelCatalogue } from './model-catalogue.service.js';
import { ModelImportsController } from './model-imports.controller.js';
import { ModelImports } from './model-imports.service.js';
import { ModelReads } from './model-reads.service.js';
import { ModelsController } from './models.controller.js';
import { ModelsService } from './models.service.js';
import { Price } from './price.entity.js';
import { PricesController } from './prices.controller.js';
import { PricesService } from './prices.service.js';

@Module({
  imports: [TypeOrmModule.forFeature([Model, Price]), AuditModule, CatalogueModule, IdentityModule, ProvidersModule],
  controllers: [ModelCatalogueController, ModelImportsController, PricesController, ModelsController],
  providers: [ModelCatalogue, ModelImports, ModelReads, ModelsService, PricesService],
  exports: [ModelCatalogue, ModelReads, ModelsService],
})
export class ModelsModule {}
