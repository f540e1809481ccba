import { Global, Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { Config } from '../config/config.js';
import { ChangeFeed } from './change-feed.js';
import { Leader } from './leader.js';
import { SnakeNamingStrategy } from './naming.strategy.js';

/** The connection to Postgres, and the feed of configuration changes. Migrations ran before the app was built. */
@Global()
@Module({
  imports: [
    TypeOrmModule.forRootAsync({
      inject: [Config],
      useFactory: ({ databaseUrl, databasePool, isProduction }: Config) => ({
        type: 'postgres' as const,
        url: databaseUrl,
        autoLoadEntities: true,
        namingStrategy: new SnakeNamingStrategy(),
        applicationName: 'waggle',
        poolSize: databasePool,
        connectTimeoutMS: 5000,
        extra: { idleTimeoutMillis: 30_000 },
        uuidExtension: 'pgcrypto' as const,
        installExtensions: false,
        retryAttempts: isProduction ? 10 : 3,
        retryDelay: 1000,
      }),
    }),
  ],
  providers: [ChangeFeed, Leader],
  exports: [ChangeFeed, Leader],
})
export class DatabaseModule {}
