import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AuditModule } from '../audit/audit.module.js';
import { AutoLock } from './auto-lock.service.js';
import { MasterKeySource } from './master-key.js';
import { Sealer } from './sealer.service.js';
import { SecretRecords } from './secret-records.service.js';
import { Secret } from './secret.entity.js';
import { Secrets } from './secrets.service.js';
import { SiblingKeys } from './sibling-keys.js';
import { UnlockAttempts } from './unlock-attempts.service.js';
import { VaultControl } from './vault-control.service.js';
import { VaultRotation } from './vault-rotation.service.js';
import { VaultController } from './vault.controller.js';
import { Vault } from './vault.service.js';

@Module({
  imports: [TypeOrmModule.forFeature([Secret]), AuditModule],
  controllers: [VaultController],
  providers: [
    MasterKeySource,
    SiblingKeys,
    Vault,
    UnlockAttempts,
    VaultControl,
    VaultRotation,
    AutoLock,
    Secrets,
    SecretRecords,
    Sealer,
  ],
  exports: [Vault, VaultControl, VaultRotation, Secrets, SecretRecords, Sealer],
})
export class VaultModule {}
