import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { IdPipe } from '../common/http/id.pipe.js';
import { Caller, type Access } from '../common/http/access.js';
import { Origin } from '../common/http/origin.decorator.js';
import { Requires } from '../common/http/requires.decorator.js';
import { ProfileClients } from './profile-clients.service.js';
import { ClientsView, PreflightView, toPreflightView } from './profile-help.dto.js';
import { ProfilePreflight } from './profile-preflight.service.js';
import { CreateProfile, ProfilePlace, UpdateProfile } from './profile.dto.js';

@ApiTags('profiles')
@Controller('admin/v1/profiles')
export class ProfileHelpController {
  constructor(
    private readonly preflight: ProfilePreflight,
    private readonly clients: ProfileClients,
  ) {}

  /** Tries a profile without saving it: the same checks as saving, then one tiny call of each model. */
  @Post('preflight')
  @HttpCode(200)
  @Requires('profiles:write')
  async preflightNew(
    @Caller() access: Access,
    @Query() { project }: ProfilePlace,
    @Body() body: CreateProfile,
  ): Promise<PreflightView> {
    return toPreflightView(await this.preflight.ofNew(access, body, project));
  }

  /** Tries a saved profile with the changes that are sent (`{}`: as it is), and saves nothing. */
  @Post(':id/preflight')
  @HttpCode(200)
  @Requires('profiles:write')
  async preflightSaved(
    @Caller() access: Access,
    @Param('id', IdPipe) id: string,
    @Body() body: UpdateProfile,
  ): Promise<PreflightView> {
    return toPreflightView(await this.preflight.ofSaved(access, id, body));
  }

  /** Shows how common clients are set up for this profile. */
  @Get(':id/clients')
  @Requires('profiles:read')
  clientsOf(@Caller() access: Access, @Param('id', IdPipe) id: string, @Origin() origin: string): Promise<ClientsView> {
    return this.clients.describe(access, id, origin);
  }
}
