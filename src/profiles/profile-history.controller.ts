import { Body, Controller, Get, HttpCode, Param, ParseIntPipe, Post, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { IdPipe } from '../common/http/id.pipe.js';
import { Caller, type Access } from '../common/http/access.js';
import { Etagged, type Etag } from '../common/http/etag.js';
import { PageQuery } from '../common/http/paging.js';
import { Requires } from '../common/http/requires.decorator.js';
import { ProfileHistory } from './profile-history.service.js';
import { FullRevisionView, ProfileView, RevisionPage } from './profile-view.dto.js';
import { RollBackProfile } from './profile.dto.js';

@ApiTags('profiles')
@Controller('admin/v1/profiles/:id')
export class ProfileHistoryController {
  constructor(private readonly history: ProfileHistory) {}

  /** Lists what changed from revision to revision, the newest first. */
  @Get('revisions')
  @Requires('profiles:read')
  list(@Caller() access: Access, @Param('id', IdPipe) id: string, @Query() query: PageQuery): Promise<RevisionPage> {
    return this.history.list(access, id, query);
  }

  /** Shows all that the profile was in one revision. */
  @Get('revisions/:number')
  @Requires('profiles:read')
  get(
    @Caller() access: Access,
    @Param('id', IdPipe) id: string,
    @Param('number', ParseIntPipe) number: number,
  ): Promise<FullRevisionView> {
    return this.history.get(access, id, number);
  }

  /** Makes a new revision that is equal to an old one. */
  @Post('rollback')
  @HttpCode(200)
  @Requires('profiles:write')
  async rollBack(
    @Caller() access: Access,
    @Param('id', IdPipe) id: string,
    @Body() { revision }: RollBackProfile,
    @Etagged() etag: Etag,
  ): Promise<ProfileView> {
    return etag.on(await this.history.rollBack(access, id, revision, etag.expected));
  }
}
