import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Put, Query, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Response } from 'express';
import { IdPipe } from '../common/http/id.pipe.js';
import { Caller, type Access } from '../common/http/access.js';
import { Etagged, IfMatch, withEtag, type Etag, type ExpectedVersion } from '../common/http/etag.js';
import { Requires } from '../common/http/requires.decorator.js';
import { EmailPipe } from './email.pipe.js';
import { Idempotent } from './idempotent.decorator.js';
import {
  CreateMember,
  ListMembers,
  MemberPage,
  MemberView,
  NewMemberView,
  OneTimePasswordView,
  PutMember,
  PutMemberView,
  UpdateMember,
} from './member.dto.js';
import { MembersService } from './members.service.js';

@ApiTags('members')
@Controller('admin/v1/members')
export class MembersController {
  constructor(private readonly members: MembersService) {}

  /** Lists the members that have a role in the caller's reach, by e-mail address. */
  @Get()
  @Requires('members:read')
  list(@Caller() access: Access, @Query() query: ListMembers): Promise<MemberPage> {
    return this.members.list(access, query);
  }

  /** Shows one member. */
  @Get(':id')
  @Requires('members:read')
  async get(
    @Caller() access: Access,
    @Param('id', IdPipe) id: string,
    @Res({ passthrough: true }) response: Response,
  ): Promise<MemberView> {
    return withEtag(response, await this.members.get(access, id));
  }

  /** Adds a member. The answer holds a one-time password, once. */
  @Post()
  @Idempotent()
  @Requires('members:write')
  create(@Caller() access: Access, @Body() body: CreateMember): Promise<NewMemberView> {
    return this.members.create(access, body);
  }

  /** Adds the member with this address (201, with a one-time password), or changes it (200, without). */
  @Put('by-email/:email')
  @Requires('members:write')
  async put(
    @Caller() access: Access,
    @Param('email', EmailPipe) email: string,
    @Body() body: PutMember,
    @Etagged() etag: Etag,
  ): Promise<PutMemberView> {
    const { view, isNew } = await this.members.put(access, email, body, etag.expected);
    return etag.put(view, isNew);
  }

  /** Changes the fields that are sent and keeps the others. */
  @Patch(':id')
  @Requires('members:write')
  async update(
    @Caller() access: Access,
    @Param('id', IdPipe) id: string,
    @Body() body: UpdateMember,
    @Etagged() etag: Etag,
  ): Promise<MemberView> {
    return etag.on(await this.members.update(access, id, body, etag.expected));
  }

  /** Removes a member with its sessions. What it did stays in the audit trail. */
  @Delete(':id')
  @HttpCode(204)
  @Requires('members:write')
  remove(
    @Caller() access: Access,
    @Param('id', IdPipe) id: string,
    @IfMatch() expected: ExpectedVersion,
  ): Promise<void> {
    return this.members.remove(access, id, expected);
  }

  /** Gives a member a new one-time password and ends its sessions. */
  @Post(':id/password')
  @Requires('members:write')
  resetPassword(@Caller() access: Access, @Param('id', IdPipe) id: string): Promise<OneTimePasswordView> {
    return this.members.resetPassword(access, id);
  }
}
