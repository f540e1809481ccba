import { Module } from '@nestjs/common';
import { IdentityModule } from '../identity/identity.module.js';
import { ModelsModule } from '../models/models.module.js';
import { ProfilesModule } from '../profiles/profiles.module.js';
import { ProvidersModule } from '../providers/providers.module.js';
import { SnapshotModule } from '../snapshot/snapshot.module.js';
import { VaultModule } from '../vault/vault.module.js';
import { ChangeLogCleaner } from './change-log-cleaner.service.js';
import { Compiler } from './compiler.service.js';
import { CompilerTriggers } from './compiler-triggers.service.js';
import { CredentialLoader } from './credential-loader.service.js';
import { CredentialOpener } from './credential-opener.service.js';
import { CredentialRenewals } from './credential-renewals.service.js';
import { CredentialUses } from './credential-uses.service.js';
import { HealthProber } from './health/health-prober.service.js';
import { HealthRounds } from './health/health-rounds.service.js';
import { HealthShare } from './health/health-share.service.js';
import { HealthUpkeep } from './health/health-upkeep.service.js';
import { TargetHealthController } from './health/target-health.controller.js';
import { TargetHealths } from './health/target-healths.service.js';
import { LoadReader } from './load/load-reader.service.js';
import { LoadRounds } from './load/load-rounds.service.js';
import { ProviderLoadController } from './load/provider-load.controller.js';
import { RoutingController } from './routing.controller.js';
import { RoutingService } from './routing.service.js';
import { SnapshotBuilder } from './snapshot-builder.service.js';

@Module({
  imports: [IdentityModule, ModelsModule, ProfilesModule, ProvidersModule, SnapshotModule, VaultModule],
  controllers: [ProviderLoadController, TargetHealthController, RoutingController],
  providers: [
    ChangeLogCleaner,
    Compiler,
    CompilerTriggers,
    CredentialLoader,
    CredentialOpener,
    CredentialRenewals,
    CredentialUses,
    HealthProber,
    HealthRounds,
    HealthShare,
    HealthUpkeep,
    LoadReader,
    LoadRounds,
    RoutingService,
    SnapshotBuilder,
    TargetHealths,
  ],
  exports: [Compiler],
})
export class RoutingModule {}
