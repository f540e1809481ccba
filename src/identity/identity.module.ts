import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AuditModule } from '../audit/audit.module.js';
import { Authentication } from './authentication.service.js';
import { LastUsed } from './last-used.service.js';
import { Project } from './project.entity.js';
import { ProjectsController } from './projects.controller.js';
import { ProjectsService } from './projects.service.js';

@Module({
  imports: [AuditModule, TypeOrmModule.forFeature([Project])],
  controllers: [ProjectsController],
  providers: [Authentication, LastUsed, ProjectsService],
  exports: [Authentication, ProjectsService],
})
export class IdentityModule {}
