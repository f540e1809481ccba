import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Put, Query, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Response } from 'express';
import { IdPipe } from '../common/http/id.pipe.js';
import { Caller, type Access } from '../common/http/access.js';
import { Etagged, IfMatch, withEtag, type Etag, type ExpectedVersion } from '../common/http/etag.js';
import { NamePipe } from '../common/http/name.pipe.js';
import { Requires } from '../common/http/requires.decorator.js';
import { Idempotent } from './idempotent.decorator.js';
import { NAME, NAME_RULE } from './project.dto.js';
import {
  CreateTenant,
  ListTenants,
  NewTenantView,
  PutTenant,
  PutTenantView,
  TenantPage,
  TenantView,
  UpdateTenant,
} from './tenant.dto.js';
import { TenantsService } from './tenants.service.js';

@ApiTags('tenants')
@Controller('admin/v1/tenants')
export class TenantsController {
  constructor(private readonly tenants: TenantsService) {}

  /** Lists the tenants by name: all for owners of the root tenant, their own for others. */
  @Get()
  @Requires('tenants:read')
  list(@Caller() access: Access, @Query() query: ListTenants): Promise<TenantPage> {
    return this.tenants.list(access, query);
  }

  /** Shows one tenant. */
  @Get(':id')
  @Requires('tenants:read')
  async get(
    @Caller() access: Access,
    @Param('id', IdPipe) id: string,
    @Res({ passthrough: true }) response: Response,
  ): Promise<TenantView> {
    return withEtag(response, await this.tenants.get(access, id));
  }

  /** Creates a tenant with a project and an owner, whose one-time password is in this answer, once. */
  @Post()
  @Idempotent()
  @Requires('tenants:write')
  async create(
    @Caller() access: Access,
    @Body() body: CreateTenant,
    @Res({ passthrough: true }) response: Response,
  ): Promise<NewTenantView> {
    return withEtag(response, await this.tenants.create(access, body));
  }

  /** Creates the tenant of this name (201), as a create does; one that is there already stays as it is (200). */
  @Put('by-name/:name')
  @Requires('tenants:write')
  async put(
    @Caller() access: Access,
    @Param('name', new NamePipe(NAME, NAME_RULE.message)) name: string,
    @Body() body: PutTenant,
    @Etagged() etag: Etag,
  ): Promise<PutTenantView> {
    const { view, isNew } = await this.tenants.put(access, name, body, etag.expected);
    return etag.put(view, isNew);
  }

  /** Changes the fields that are sent and keeps the others. */
  @Patch(':id')
  @Requires('tenants:write')
  async update(
    @Caller() access: Access,
    @Param('id', IdPipe) id: string,
    @Body() body: UpdateTenant,
    @Etagged() etag: Etag,
  ): Promise<TenantView> {
    return etag.on(await this.tenants.update(access, id, body, etag.expected));
  }

  /** Removes a tenant with its projects, members and keys. Answers 409 with what is still configured in it. */
  @Delete(':id')
  @HttpCode(204)
  @Requires('tenants:write')
  remove(
    @Caller() access: Access,
    @Param('id', IdPipe) id: string,
    @IfMatch() expected: ExpectedVersion,
  ): Promise<void> {
    return this.tenants.remove(access, id, expected);
  }
}
