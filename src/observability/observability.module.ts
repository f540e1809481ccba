import { Module } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import { JournalModule } from '../journal/journal.module.js';
import { IdempotencyModule } from '../idempotency/idempotency.module.js';
import { LimitsModule } from '../limits/limits.module.js';
import { RelayModule } from '../relay/relay.module.js';
import { ResponsesModule } from '../responses/responses.module.js';
import { SnapshotModule } from '../snapshot/snapshot.module.js';
import { UsageModule } from '../usage/usage.module.js';
import { VaultModule } from '../vault/vault.module.js';
import { HealthController } from './health.controller.js';
import { Health } from './health.service.js';
import { KeptParts } from './kept-parts.js';
import { LiveEventsController } from './live-events.controller.js';
import { LiveEvents } from './live-events.service.js';
import { Metrics } from './metrics.service.js';
import { ServingParts } from './serving-parts.js';
import { TrafficParts } from './traffic-parts.js';

@Module({
  imports: [
    TerminusModule.forRoot({ logger: false }),
    SnapshotModule,
    JournalModule,
    VaultModule,
    UsageModule,
    LimitsModule,
    IdempotencyModule,
    ResponsesModule,
    RelayModule,
  ],
  controllers: [HealthController, LiveEventsController],
  providers: [Health, KeptParts, LiveEvents, ServingParts, TrafficParts, Metrics],
})
export class ObservabilityModule {}
