import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AuditModule } from '../audit/audit.module.js';
import { IdentityModule } from '../identity/identity.module.js';
import { ModelsModule } from '../models/models.module.js';
import { ProvidersModule } from '../providers/providers.module.js';
import { PreflightCalls } from './preflight-calls.service.js';
import { ProfileClients } from './profile-clients.service.js';
import { ProfileHelpController } from './profile-help.controller.js';
import { ProfileHistoryController } from './profile-history.controller.js';
import { ProfileHistory } from './profile-history.service.js';
import { ProfileInputs } from './profile-inputs.service.js';
import { ProfileModels } from './profile-models.service.js';
import { ProfileNames } from './profile-names.service.js';
import { ProfilePreflight } from './profile-preflight.service.js';
import { ProfileReads } from './profile-reads.service.js';
import { ProfileRevision } from './profile-revision.entity.js';
import { ProfileRows } from './profile-rows.service.js';
import { ProfileSurroundings } from './profile-surroundings.service.js';
import { ProfileTarget } from './profile-target.entity.js';
import { Profile } from './profile.entity.js';
import { ProfilesController } from './profiles.controller.js';
import { ProfilesService } from './profiles.service.js';

@Module({
  imports: [
    AuditModule,
    IdentityModule,
    ModelsModule,
    ProvidersModule,
    TypeOrmModule.forFeature([Profile, ProfileRevision, ProfileTarget]),
  ],
  controllers: [ProfilesController, ProfileHistoryController, ProfileHelpController],
  providers: [
    PreflightCalls,
    ProfileClients,
    ProfileHistory,
    ProfileInputs,
    ProfileModels,
    ProfileNames,
    ProfilePreflight,
    ProfileReads,
    ProfileRows,
    ProfileSurroundings,
    ProfilesService,
  ],
  exports: [ProfileNames],
})
export class ProfilesModule {}
