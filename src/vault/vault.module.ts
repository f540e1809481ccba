import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AuditModule } from '../audit/audit.module.js';
import { Secret } from './secret.entity.js';
import { Secrets } from './secrets.service.js';
import { SiblingKeys } from './sibling-keys.js';
import { Vault } from './vault.service.js';

@Module({
  imports: [TypeOrmModule.forFeature([Secret]), AuditModule],
  providers: [SiblingKeys, Vault, Secrets],
  exports: [Vault, Secrets],
})
export class VaultModule {}
