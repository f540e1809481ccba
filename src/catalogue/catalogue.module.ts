import { Module } from '@nestjs/common';
import { AuditModule } from '../audit/audit.module.js';
import { CatalogueReads } from './catalogue-reads.service.js';
import { CatalogueRefresh } from './catalogue-refresh.service.js';
import { CatalogueSchedule } from './catalogue-schedule.service.js';
import { CatalogueController } from './catalogue.controller.js';
import { Catalogue } from './catalogue.service.js';

@Module({
  imports: [AuditModule],
  controllers: [CatalogueController],
  providers: [Catalogue, CatalogueReads, CatalogueRefresh, CatalogueSchedule],
  exports: [Catalogue],
})
export class CatalogueModule {}
