import { Module, type BeforeApplicationShutdown } from '@nestjs/common';
import { Config } from '../config/config.js';
import { JournalModule } from '../journal/journal.module.js';
import { Egress } from '../providers/egress/egress.service.js';
import { IdempotencyModule } from '../idempotency/idempotency.module.js';
import { LimitsModule } from '../limits/limits.module.js';
import { ProvidersModule } from '../providers/providers.module.js';
import { ResponsesModule } from '../responses/responses.module.js';
import { SnapshotModule } from '../snapshot/snapshot.module.js';
import { backgroundProviders } from './background/background.provider.js';
import { AnswerCache } from './cache/answer-cache.js';
import { InFlight } from './client/in-flight.js';
import { SchemaChecker } from './format/schema-checker.js';
import { FeedbackController } from './feedback.controller.js';
import { KeptResponsesController } from './kept-responses.controller.js';
import { MeController } from './me.controller.js';
import { ModelsController } from './models.controller.js';
import { pipelineProvider } from './pipeline/pipeline.provider.js';
import { responsePartsProvider } from './pipeline/response-parts.js';
import { RootController } from './root.controller.js';
import { RelayLimits } from './relay-limits.js';
import { RelayController } from './relay.controller.js';
import { AttemptCounts } from './upstream/attempt-counts.js';
import { UpstreamClient } from './upstream/upstream.client.js';
import { TokenCounter } from './usage/token-counter.js';

@Module({
  imports: [SnapshotModule, JournalModule, ProvidersModule, LimitsModule, IdempotencyModule, ResponsesModule],
  controllers: [
    RelayController,
    KeptResponsesController,
    ModelsController,
    MeController,
    FeedbackController,
    RootController,
  ],
  providers: [
    AttemptCounts,
    InFlight,
    { provide: AnswerCache, inject: [Config], useFactory: (config: Config) => new AnswerCache(config.cacheBytes) },
    TokenCounter,
    { provide: SchemaChecker, useFactory: () => new SchemaChecker() },
    { provide: RelayLimits, inject: [Config], useFactory: (config: Config) => new RelayLimits(config) },
    {
      provide: UpstreamClient,
      inject: [Egress],
      useFactory: (egress: Egress) => new UpstreamClient((options) => egress.connector(options)),
    },
    ...backgroundProviders,
    responsePartsProvider,
    pipelineProvider,
  ],
  exports: [AnswerCache, AttemptCounts, InFlight, SchemaChecker],
})
export class RelayModule implements BeforeApplicationShutdown {
  constructor(
    private readonly inFlight: InFlight,
    private readonly limits: RelayLimits,
    private readonly upstream: UpstreamClient,
    private readonly counter: TokenCounter,
  ) {}

  /** Calls in flight end before the server does. */
  async beforeApplicationShutdown(): Promise<void> {
    await this.inFlight.drain(this.limits.shutdownGraceMs);
    await this.counter.close();
    await this.upstream.destroy();
  }
}
