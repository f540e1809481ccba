import { Module, type OnApplicationShutdown } from '@nestjs/common';
import { Config } from '../config/config.js';
import { Journal } from './journal.js';

@Module({
  providers: [
    {
      provide: Journal,
      inject: [Config],
      useFactory: (config: Config) =>
        Journal.open({
          root: config.dataPath('journal'),
          fsync: config.journalFsync,
          maxBytes: config.journalMaxBytes,
        }),
    },
  ],
  exports: [Journal],
})
export class JournalModule implements OnApplicationShutdown {
  constructor(private readonly journal: Journal) {}

  /** Rooms that drain it come before: Nest shuts importers down first. */
  async onApplicationShutdown(): Promise<void> {
    await this.journal.close();
  }
}
