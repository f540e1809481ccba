import { Module, type DynamicModule } from '@nestjs/common';
import { APP_FILTER, APP_PIPE } from '@nestjs/core';
import { ScheduleModule } from '@nestjs/schedule';
import { AuditModule } from './audit/audit.module.js';
import { ErrorFilter } from './common/errors/error.filter.js';
import { validationPipe } from './common/http/validation.pipe.js';
import { CatalogueModule } from './catalogue/catalogue.module.js';
import type { Config } from './config/config.js';
import { ConfigModule } from './config/config.module.js';
import type { WorkerIdentity } from './config/worker-identity.js';
import { DatabaseModule } from './database/database.module.js';
import { IdempotencyModule } from './idempotency/idempotency.module.js';
import { IdentityModule } from './identity/identity.module.js';
import { LimitsModule } from './limits/limits.module.js';
import { ModelsModule } from './models/models.module.js';
import { ObservabilityModule } from './observability/observability.module.js';
import { ProfilesModule } from './profiles/profiles.module.js';
import { ProvidersModule } from './providers/providers.module.js';
import { RelayModule } from './relay/relay.module.js';
import { ResponsesModule } from './responses/responses.module.js';
import { RoutingModule } from './routing/routing.module.js';
import { SecretsModule } from './secrets/secrets.module.js';
import { SnapshotModule } from './snapshot/snapshot.module.js';
import { TokensModule } from './tokens/tokens.module.js';
import { UsageModule } from './usage/usage.module.js';
import { VaultModule } from './vault/vault.module.js';

/** The table of contents: every room that the server opens. */
@Module({
  imports: [
    ScheduleModule.forRoot(),
    // floor 4, but first: Nest's conflict check wants `tokens/:id/usage` declared before `tokens/by-name/:name`
    UsageModule,
    // floor 1
    DatabaseModule,
    SnapshotModule,
    // floor 2
    AuditModule,
    VaultModule,
    IdentityModule,
    // floor 3
    SecretsModule,
    CatalogueModule,
    ProvidersModule,
    ModelsModule,
    ProfilesModule,
    TokensModule,
    // floor 4
    RoutingModule,
    LimitsModule,
    IdempotencyModule,
    ResponsesModule,
    // floor 5
    RelayModule,
    // floor 6
    ObservabilityModule,
  ],
  providers: [
    { provide: APP_PIPE, useValue: validationPipe },
    { provide: APP_FILTER, useClass: ErrorFilter },
  ],
})
export class AppModule {
  static with(config: Config, identity?: WorkerIdentity): DynamicModule {
    return { module: AppModule, imports: [ConfigModule.with(config, identity)] };
  }
}
