import { Body, Controller, Delete, Get, HttpCode, Param, Post, Put, Query } from '@nestjs/common';
import { ApiParam, ApiQuery, ApiTags } from '@nestjs/swagger';
import { IdPipe } from '../common/http/id.pipe.js';
import { Caller, type Access } from '../common/http/access.js';
import { ByName, PlacePipe, type NamedPlace } from '../common/http/by-name.decorator.js';
import { Etagged, type Etag } from '../common/http/etag.js';
import { Requires } from '../common/http/requires.decorator.js';
import { Idempotent } from './idempotent.decorator.js';
import {
  AdminKeyPage,
  AdminKeyView,
  CreateAdminKey,
  ListAdminKeys,
  NewAdminKeyView,
  PutAdminKey,
  PutAdminKeyView,
} from './admin-key.dto.js';
import { AdminKeysService } from './admin-keys.service.js';
import { NAME, NAME_RULE } from './project.dto.js';

@ApiTags('admin keys')
@Controller('admin/v1/admin-keys')
export class AdminKeysController {
  constructor(private readonly keys: AdminKeysService) {}

  /** Lists the admin keys, the newest first. */
  @Get()
  @Requires('admin-keys:read')
  list(@Caller() access: Access, @Query() query: ListAdminKeys): Promise<AdminKeyPage> {
    return this.keys.list(access, query);
  }

  /** Shows one admin key, without its text. */
  @Get(':id')
  @Requires('admin-keys:read')
  async get(@Caller() access: Access, @Param('id', IdPipe) id: string, @Etagged() etag: Etag): Promise<AdminKeyView> {
    return etag.on(await this.keys.get(access, id));
  }

  /** Issues an admin key. Its text is in this answer, once. */
  @Post()
  @Idempotent()
  @Requires('admin-keys:write')
  issue(@Caller() access: Access, @Body() body: CreateAdminKey): Promise<NewAdminKeyView> {
    return this.keys.issue(access, body);
  }

  /** Issues the admin key of this name (201, with its text), or changes the one in use (200, without). */
  @Put('by-name/:name')
  @Requires('admin-keys:write')
  @ApiParam({ name: 'name', type: String })
  @ApiQuery({ name: 'project', required: false, description: 'The project, by id or name; else the whole tenant.' })
  async put(
    @Caller() access: Access,
    @ByName('project', new PlacePipe(NAME, NAME_RULE.message)) place: NamedPlace,
    @Body() body: PutAdminKey,
    @Etagged() etag: Etag,
  ): Promise<PutAdminKeyView> {
    const { view, isNew } = await this.keys.put(access, place, body, etag.expected);
    return etag.put(view, isNew);
  }

  /** Revokes an admin key: it is refused from its next use on. */
  @Delete(':id')
  @HttpCode(204)
  @Requires('admin-keys:write')
  revoke(@Caller() access: Access, @Param('id', IdPipe) id: string): Promise<void> {
    return this.keys.revoke(access, id);
  }
}
