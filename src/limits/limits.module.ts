import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AuditModule } from '../audit/audit.module.js';
import { IdentityModule } from '../identity/identity.module.js';
import { JournalModule } from '../journal/journal.module.js';
import { ModelsModule } from '../models/models.module.js';
import { ProfilesModule } from '../profiles/profiles.module.js';
import { ProvidersModule } from '../providers/providers.module.js';
import { CurrentSnapshot } from '../snapshot/current-snapshot.js';
import { CurrentViews } from '../snapshot/current-views.js';
import { SnapshotModule } from '../snapshot/snapshot.module.js';
import { TokensModule } from '../tokens/tokens.module.js';
import { AllowanceEvents } from './allowance-events.service.js';
import { AllowanceStatus } from './allowance-status.service.js';
import { AllowanceSubjects } from './allowance-subjects.service.js';
import { Allowance } from './allowance.entity.js';
import { AllowancesController } from './allowances.controller.js';
import { AllowancesService } from './allowances.service.js';
import { Grants } from './book/grants.js';
import { LeaseBook } from './book/lease-book.js';
import { Standings } from './book/standings.js';
import { CounterCleaner } from './counter-cleaner.service.js';
import { DeadWorkers } from './dead-workers.service.js';
import { LeaseKeeper } from './lease-keeper.service.js';
import { StandingsService } from './standings.service.js';
import { ThresholdWatch } from './threshold-watch.service.js';
import { UsedUp } from './used-up.js';
import { WorkerPlace } from './worker-place.js';

@Module({
  imports: [
    AuditModule,
    JournalModule,
    SnapshotModule,
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
    CounterCleaner,
    WorkerPlace,
    AllowanceStatus,
    AllowanceEvents,
    ThresholdWatch,
    StandingsService,
    { provide: Grants, useExisting: LeaseKeeper },
    { provide: Standings, useExisting: StandingsService },
  ],
  exports: [LeaseBook, LeaseKeeper, Grants, Standings],
})
export class LimitsModule {
  constructor(views: CurrentViews, snapshot: CurrentSnapshot, book: LeaseBook) {
    views.allowances = new UsedUp(snapshot, book);
  }
}
