import { Global, Module, type DynamicModule } from '@nestjs/common';
import { Config } from './config.js';
import { WorkerIdentity } from './worker-identity.js';

/** Hands the validated configuration, and which worker this is, to every room. */
@Global()
@Module({})
export class ConfigModule {
  static with(config: Config, identity = new WorkerIdentity()): DynamicModule {
    return {
      module: ConfigModule,
      providers: [
        { provide: Config, useValue: config },
        { provide: WorkerIdentity, useValue: identity },
      ],
      exports: [Config, WorkerIdentity],
    };
  }
}
