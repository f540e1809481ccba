import { Module } from '@nestjs/common';
import { JournalModule } from '../journal/journal.module.js';
import { Drain } from './drain.service.js';
import { Ledger } from './ledger.service.js';
import { Months } from './months.service.js';

@Module({
  imports: [JournalModule],
  providers: [Months, Ledger, Drain],
  exports: [Drain],
})
export class UsageModule {}
