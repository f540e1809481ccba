import { Body, Controller, Delete, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { IdPipe } from '../common/http/id.pipe.js';
import { Caller, type Access } from '../common/http/access.js';
import { Requires } from '../common/http/requires.decorator.js';
import { Idempotent } from './idempotent.decorator.js';
import { AdminKeyPage, AdminKeyView, CreateAdminKey, ListAdminKeys, NewAdminKeyView } from './admin-key.dto.js';
import { AdminKeysService } from './admin-keys.service.js';

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
  get(@Caller() access: Access, @Param('id', IdPipe) id: string): Promise<AdminKeyView> {
    return this.keys.get(access, id);
  }

  /** Issues an admin key. Its text is in this answer, once. */
  @Post()
  @Idempotent()
  @Requires('admin-keys:write')
  issue(@Caller() access: Access, @Body() body: CreateAdminKey): Promise<NewAdminKeyView> {
    return this.keys.issue(access, body);
  }

  /** Revokes an admin key: it is refused from its next use on. */
  @Delete(':id')
  @HttpCode(204)
  @Requires('admin-keys:write')
  revoke(@Caller() access: Access, @Param('id', IdPipe) id: string): Promise<void> {
    return this.keys.revoke(access, id);
  }
}
