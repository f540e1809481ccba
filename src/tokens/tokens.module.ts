import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AuditModule } from '../audit/audit.module.js';
import { IdentityModule } from '../identity/identity.module.js';
import { ProfilesModule } from '../profiles/profiles.module.js';
import { SnapshotModule } from '../snapshot/snapshot.module.js';
import { TokenBindings } from './token-bindings.service.js';
import { Token } from './token.entity.js';
import { TokenLastUsed } from './token-last-used.service.js';
import { TokenReads } from './token-reads.service.js';
import { TokensController } from './tokens.controller.js';
import { TokensService } from './tokens.service.js';

@Module({
  imports: [AuditModule, IdentityModule, ProfilesModule, SnapshotModule, TypeOrmModule.forFeature([Token])],
  controllers: [TokensController],
  providers: [TokensService, TokenReads, TokenBindings, TokenLastUsed],
  exports: [TokensService, TokenReads],
})
export class TokensModule {}
