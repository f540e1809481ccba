import { Module, type DynamicModule } from '@nestjs/common';
import type { Config } from '../config/config.js';
import { ConfigModule } from '../config/config.module.js';
import { DatabaseModule } from '../database/database.module.js';
import { IdentityModule } from '../identity/identity.module.js';
import { ModelsModule } from '../models/models.module.js';
import { ProfilesModule } from '../profiles/profiles.module.js';
import { ProvidersModule } from '../providers/providers.module.js';
import { TokensModule } from '../tokens/tokens.module.js';

/** The rooms that a new installation is furnished from; without the data plane, which would begin to work. */
@Module({
  imports: [DatabaseModule, IdentityModule, ProvidersModule, ModelsModule, ProfilesModule, TokensModule],
})
export class PrepareModule {
  static with(config: Config): DynamicModule {
    return { module: PrepareModule, imports: [ConfigModule.with(config)] };
  }
}
