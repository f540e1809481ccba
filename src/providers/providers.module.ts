import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AuditModule } from '../audit/audit.module.js';
import { IdentityModule } from '../identity/identity.module.js';
import { VaultModule } from '../vault/vault.module.js';
import { DriversController } from './drivers.controller.js';
import { Exchanges } from './exchanges/exchanges.service.js';
import { Egress } from './egress/egress.service.js';
import { ProviderCredentials } from './provider-credentials.service.js';
import { ProviderModels } from './provider-models.service.js';
import { ProviderOutcomes } from './provider-outcomes.service.js';
import { ProviderReads } from './provider-reads.service.js';
import { ProviderRows } from './provider-rows.service.js';
import { ProviderScopes } from './provider-scopes.service.js';
import { ProviderStatusRow } from './provider-status.entity.js';
import { Provider } from './provider.entity.js';
import { ProvidersController } from './providers.controller.js';
import { ProvidersService } from './providers.service.js';
import { ProviderDefinitions } from './sources/provider-definitions.service.js';
import { ProviderMirror } from './sources/provider-mirror.service.js';
import { ProviderSources } from './sources/provider-sources.service.js';

import { Probe } from './testing/probe.service.js';
import { ProviderDrafts } from './provider-drafts.service.js';
import { ProviderTestsController } from './testing/provider-tests.controller.js';
import { ProviderTests } from './testing/provider-tests.service.js';
import { TestSubjects } from './testing/test-subjects.service.js';

@Module({
  imports: [TypeOrmModule.forFeature([Provider, ProviderStatusRow]), AuditModule, VaultModule, IdentityModule],
  controllers: [DriversController, ProviderTestsController, ProvidersController],
  providers: [
    Egress,
    Exchanges,
    ProviderCredentials,
    ProviderDefinitions,
    ProviderModels,
    ProviderOutcomes,
    ProviderReads,
    ProviderScopes,
    Probe,
    ProviderDrafts,
    ProviderMirror,
    ProviderRows,
    ProviderSources,
    ProviderTests,
    ProvidersService,
    TestSubjects,
  ],
  exports: [
    Egress,
    Exchanges,
    Probe,
    ProviderCredentials,
    ProviderModels,
    ProviderOutcomes,
    ProviderReads,
    ProviderScopes,
    ProviderTests,
    ProvidersService,
  ],
})
export class ProvidersModule {}
