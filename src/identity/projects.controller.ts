import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Put, Query, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Response } from 'express';
import { IdPipe } from '../common/http/id.pipe.js';
import { Caller, type Access } from '../common/http/access.js';
import { Etagged, IfMatch, withEtag, type Etag, type ExpectedVersion } from '../common/http/etag.js';
import { NamePipe } from '../common/http/name.pipe.js';
import { Requires } from '../common/http/requires.decorator.js';
import { Idempotent } from './idempotent.decorator.js';
import {
  NAME,
  NAME_RULE,
  CreateProject,
  ListProjects,
  ProjectPage,
  ProjectView,
  PutProject,
  UpdateProject,
} from './project.dto.js';
import { ProjectsService } from './projects.service.js';

@ApiTags('projects')
@Controller('admin/v1/projects')
export class ProjectsController {
  constructor(private readonly projects: ProjectsService) {}

  /** Lists the projects that the caller reaches, by name. */
  @Get()
  @Requires('projects:read')
  list(@Caller() access: Access, @Query() query: ListProjects): Promise<ProjectPage> {
    return this.projects.list(access, query);
  }

  /** Shows one project; the path takes its id or its name. */
  @Get(':id')
  @Requires('projects:read')
  async get(
    @Caller() access: Access,
    @Param('id') project: string,
    @Res({ passthrough: true }) response: Response,
  ): Promise<ProjectView> {
    return withEtag(response, await this.projects.get(access, project));
  }

  /** Creates a project. Needs the permission in the whole tenant. */
  @Post()
  @Idempotent()
  @Requires('projects:write')
  async create(
    @Caller() access: Access,
    @Body() body: CreateProject,
    @Res({ passthrough: true }) response: Response,
  ): Promise<ProjectView> {
    return withEtag(response, await this.projects.create(access, body));
  }

  /** Creates the project of this name (201), or changes what is sent of it (200). */
  @Put('by-name/:name')
  @Requires('projects:write')
  async put(
    @Caller() access: Access,
    @Param('name', new NamePipe(NAME, NAME_RULE.message)) name: string,
    @Body() body: PutProject,
    @Etagged() etag: Etag,
  ): Promise<ProjectView> {
    const { view, isNew } = await this.projects.put(access, name, body, etag.expected);
    return etag.put(view, isNew);
  }

  /** Changes the fields that are sent and keeps the others. */
  @Patch(':id')
  @Requires('projects:write')
  async update(
    @Caller() access: Access,
    @Param('id', IdPipe) id: string,
    @Body() body: UpdateProject,
    @Etagged() etag: Etag,
  ): Promise<ProjectView> {
    return etag.on(await this.projects.update(access, id, body, etag.expected));
  }

  /** Removes an empty project. Answers 409 with what is still in it. */
  @Delete(':id')
  @HttpCode(204)
  @Requires('projects:write')
  remove(
    @Caller() access: Access,
    @Param('id', IdPipe) id: string,
    @IfMatch() expected: ExpectedVersion,
  ): Promise<void> {
    return this.projects.remove(access, id, expected);
  }
}
