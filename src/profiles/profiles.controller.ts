import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Put, Query } from '@nestjs/common';
import { ApiParam, ApiQuery, ApiTags } from '@nestjs/swagger';
import { IdPipe } from '../common/http/id.pipe.js';
import { Caller, type Access } from '../common/http/access.js';
import { ByName, PlacePipe, type NamedPlace } from '../common/http/by-name.decorator.js';
import { Etagged, IfMatch, type Etag, type ExpectedVersion } from '../common/http/etag.js';
import { Requires } from '../common/http/requires.decorator.js';
import { Idempotent } from '../identity/idempotent.decorator.js';
import { ProfileReads } from './profile-reads.service.js';
import { ProfileListPage, ProfileView } from './profile-view.dto.js';
import {
  CreateProfile,
  ListProfiles,
  PROFILE_NAME,
  PROFILE_NAME_RULE,
  ProfilePlace,
  PutProfile,
  UpdateProfile,
} from './profile.dto.js';
import { ProfilesService } from './profiles.service.js';

@ApiTags('profiles')
@Controller('admin/v1/profiles')
export class ProfilesController {
  constructor(
    private readonly profiles: ProfilesService,
    private readonly reads: ProfileReads,
  ) {}

  /** Lists profiles by name. */
  @Get()
  @Requires('profiles:read')
  list(@Caller() access: Access, @Query() query: ListProfiles): Promise<ProfileListPage> {
    return this.reads.list(access, query);
  }

  /** Shows one profile. */
  @Get(':id')
  @Requires('profiles:read')
  async get(@Caller() access: Access, @Param('id', IdPipe) id: string, @Etagged() etag: Etag): Promise<ProfileView> {
    return etag.on(await this.reads.get(access, id));
  }

  /** Creates a profile. The answer warns of what is not as it should be. */
  @Post()
  @Idempotent()
  @Requires('profiles:write')
  async create(
    @Caller() access: Access,
    @Query() { project }: ProfilePlace,
    @Body() body: CreateProfile,
    @Etagged() etag: Etag,
  ): Promise<ProfileView> {
    return etag.on(await this.profiles.create(access, body, project));
  }

  /** Creates the profile of this name (201), or changes what is sent of it (200). What changes nothing makes no revision. */
  @Put('by-name/:name')
  @Requires('profiles:write')
  @ApiParam({ name: 'name', type: String })
  @ApiQuery({ name: 'project', required: false, description: 'The project, by id or name.' })
  async put(
    @Caller() access: Access,
    @ByName('project', new PlacePipe(PROFILE_NAME, PROFILE_NAME_RULE)) place: NamedPlace,
    @Body() body: PutProfile,
    @Etagged() etag: Etag,
  ): Promise<ProfileView> {
    const { view, isNew } = await this.profiles.put(access, place, body, etag.expected);
    return etag.put(view, isNew);
  }

  /** Changes the fields that are sent and keeps the others. Each change is a new revision. */
  @Patch(':id')
  @Requires('profiles:write')
  async update(
    @Caller() access: Access,
    @Param('id', IdPipe) id: string,
    @Body() body: UpdateProfile,
    @Etagged() etag: Etag,
  ): Promise<ProfileView> {
    return etag.on(await this.profiles.update(access, id, body, etag.expected));
  }

  /** Removes a profile. Answers 409 with the tokens that are bound to it. */
  @Delete(':id')
  @HttpCode(204)
  @Requires('profiles:write')
  remove(
    @Caller() access: Access,
    @Param('id', IdPipe) id: string,
    @IfMatch() expected: ExpectedVersion,
  ): Promise<void> {
    return this.profiles.remove(access, id, expected);
  }
}
