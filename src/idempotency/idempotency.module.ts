import { Module } from '@nestjs/common';
import { VaultModule } from '../vault/vault.module.js';
import { KeyedAnswers } from './keyed-answers.js';
import { KeyedAnswersService } from './keyed-answers.service.js';
import { KeyedUpkeep } from './keyed-upkeep.service.js';

@Module({
  imports: [VaultModule],
  providers: [KeyedAnswersService, KeyedUpkeep, { provide: KeyedAnswers, useExisting: KeyedAnswersService }],
  exports: [KeyedAnswers, KeyedAnswersService],
})
export class IdempotencyModule {}
