import { Module } from '@nestjs/common';
import { AuditModule } from '../audit/audit.module.js';
import { IdentityModule } from '../identity/identity.module.js';
import { VaultModule } from '../vault/vault.module.js';
import { SecretsAdmin } from './secrets-admin.service.js';
import { SecretsController } from './secrets.controller.js';

@Module({
  imports: [AuditModule, VaultModule, IdentityModule],
  controllers: [SecretsController],
  providers: [SecretsAdmin],
})
export class SecretsModule {}
