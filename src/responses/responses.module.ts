import { Module } from '@nestjs/common';
import { KeptResponsesUpkeep } from './kept-responses-upkeep.service.js';
import { KeptResponses } from './kept-responses.js';
import { KeptResponsesService } from './kept-responses.service.js';

@Module({
  providers: [KeptResponsesUpkeep, { provide: KeptResponses, useClass: KeptResponsesService }],
  exports: [KeptResponses],
})
export class ResponsesModule {}
