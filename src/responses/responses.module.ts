import { Module } from '@nestjs/common';
import { KeptResponsesUpkeep } from './kept-responses-upkeep.service.js';
import { KeptResponses } from './kept-responses.js';
import { KeptResponsesService } from './kept-responses.service.js';

@Module({
  providers: [KeptResponsesService, KeptResponsesUpkeep, { provide: KeptResponses, useExisting: KeptResponsesService }],
  exports: [KeptResponses, KeptResponsesService],
})
export class ResponsesModule {}
