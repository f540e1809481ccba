import { Module } from '@nestjs/common';
import { AuditTrail } from './audit-trail.service.js';
import { AuditVerifier } from './audit-verifier.service.js';
import { AuditController } from './audit.controller.js';
import { Writes } from './writes.service.js';

@Module({ controllers: [AuditController], providers: [Writes, AuditTrail, AuditVerifier], exports: [Writes] })
export class AuditModule {}
