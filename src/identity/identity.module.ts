import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AuditModule } from '../audit/audit.module.js';
import { AdminKey } from './admin-key.entity.js';
import { AdminKeysController } from './admin-keys.controller.js';
import { AdminKeysService } from './admin-keys.service.js';
import { Authentication } from './authentication.service.js';
import { IdentityBootstrap } from './identity-bootstrap.service.js';
import { IdentityHousekeeping } from './housekeeping.service.js';
import { IdempotentAnswers } from './idempotent-answers.service.js';
import { LastUsed } from './last-used.service.js';
import { Member } from './member.entity.js';
import { MembersController } from './members.controller.js';
import { MembersService } from './members.service.js';
import { Passwords } from './passwords.service.js';
import { Project } from './project.entity.js';
import { ProjectsController } from './projects.controller.js';
import { ProjectsService } from './projects.service.js';
import { SessionsController } from './sessions.controller.js';
import { SessionsService } from './sessions.service.js';
import { SignInThrottle } from './sign-in-throttle.service.js';
import { SignIn } from './sign-in.service.js';
import { Tenant } from './tenant.entity.js';
import { TenantsController } from './tenants.controller.js';
import { TenantsService } from './tenants.service.js';

@Module({
  imports: [AuditModule, TypeOrmModule.forFeature([Tenant, Project, Member, AdminKey])],
  controllers: [TenantsController, ProjectsController, MembersController, AdminKeysController, SessionsController],
  providers: [
    Authentication,
    LastUsed,
    IdempotentAnswers,
    IdentityHousekeeping,
    IdentityBootstrap,
    TenantsService,
    ProjectsService,
    MembersService,
    Passwords,
    AdminKeysService,
    SignIn,
    SignInThrottle,
    SessionsService,
  ],
  exports: [Authentication, IdempotentAnswers, IdentityBootstrap, ProjectsService],
})
export class IdentityModule {}
