import { Module } from '@nestjs/common';
import { AuditModule } from '../audit/audit.module.js';
import { IdentityModule } from '../identity/identity.module.js';
import { JournalModule } from '../journal/journal.module.js';
import { ProvidersModule } from '../providers/providers.module.js';
import { SnapshotModule } from '../snapshot/snapshot.module.js';
import { TokensModule } from '../tokens/tokens.module.js';
import { VaultModule } from '../vault/vault.module.js';
import { ArmLearning } from './arms/arm-learning.service.js';
import { ArmReports } from './arms/arm-reports.service.js';
import { ArmsController } from './arms/arms.controller.js';
import { Drain } from './drain.service.js';
import { ExplanationsController } from './explanations.controller.js';
import { Explanations } from './explanations.service.js';
import { LateUsage } from './late-usage.service.js';
import { Ledger } from './ledger.service.js';
import { Months } from './months.service.js';
import { Payloads } from './payloads.service.js';
import { RequestsController } from './requests.controller.js';
import { Requests } from './requests.service.js';
import { Labels } from './labels.service.js';
import { Reports } from './reports.service.js';
import { UsageController } from './usage.controller.js';
import { Windows } from './windows.service.js';
import { LedgerUpkeep } from './upkeep.service.js';

@Module({
  imports: [JournalModule, SnapshotModule, AuditModule, VaultModule, IdentityModule, ProvidersModule, TokensModule],
  controllers: [ArmsController, ExplanationsController, RequestsController, UsageController],
  providers: [
    ArmLearning,
    ArmReports,
    Explanations,
    Months,
    Ledger,
    LateUsage,
    Drain,
    LedgerUpkeep,
    Requests,
    Payloads,
    Labels,
    Reports,
    Windows,
  ],
  exports: [Drain, LateUsage],
})
export class UsageModule {}
