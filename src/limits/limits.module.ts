import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AuditModule } from '../audit/audit.module.js';
import { IdentityModule } from '../identity/identity.module.js';
import { JournalModule } from '../journal/journal.module.js';
import { ModelsModule } from '../models/models.module.js';
import { ProfilesModule } from '../profiles/profiles.module.js';
import { ProvidersModule } from '../providers/providers.module.js';
import { TokensModule } from '../tokens/tokens.module.js';
import { AllowanceSubjects } from './allowance-subjects.service.js';
import { Allowance } from './allowance.entity.js';
import { AllowancesController } from './allowances.controller.js';
import { AllowancesService } from './allowances.service.js';
import { Grants } from './book/grants.js';
import { LeaseBook } from './book/lease-book.js';
import { DeadWorkers } from './dead-workers.service.js';
import { LeaseKeeper } from './lease-keeper.service.js';
import { WorkerPlace } from './worker-place.js';

@Module({
  imports: [
    AuditModule,
    JournalModule,
    IdentityModule,
    ProvidersModule,
    ModelsModule,
    ProfilesModule,
    TokensModule,
    TypeOrmModule.forFeature([Allowance]),
  ],
  controllers: [AllowancesController],
  providers: [
    AllowancesService,
    AllowanceSubjects,
    LeaseBook,
    LeaseKeeper,
    DeadWorkers,
    WorkerPlace,
    { provide: Grants, useExisting: LeaseKeeper },
  ],
  exports: [LeaseBook, LeaseKeeper, Grants],
})
export class LimitsModule {}
