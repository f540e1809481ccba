import { Module } from '@nestjs/common';
import { UsageModule } from '../usage/usage.module.js';
import { KeptResponsesUpkeep } from './kept-responses-upkeep.service.js';
import { KeptResponses } from './kept-responses.js';
import { KeptResponsesService } from './kept-responses.service.js';
import { PendingResponses } from './pending-responses.js';
import { PendingResponsesService } from './pending-responses.service.js';

@Module({
  imports: [UsageModule],
  providers: [
    KeptResponsesService,
    KeptResponsesUpkeep,
    PendingResponsesService,
    { provide: KeptResponses, useExisting: KeptResponsesService },
    { provide: PendingResponses, useExisting: PendingResponsesService },
  ],
  exports: [KeptResponses, KeptResponsesService, PendingResponses, PendingResponsesService],
})
export class ResponsesModule {}
