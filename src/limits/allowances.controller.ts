import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Put, Query } from '@nestjs/common';
import { ApiParam, ApiQuery, ApiTags } from '@nestjs/swagger';
import { IdPipe } from '../common/http/id.pipe.js';
import { Caller, type Access } from '../common/http/access.js';
import { ByName, PlacePipe, type NamedPlace } from '../common/http/by-name.decorator.js';
import { Etagged, IfMatch, type Etag, type ExpectedVersion } from '../common/http/etag.js';
import { Requires } from '../common/http/requires.decorator.js';
import { Idempotent } from '../identity/idempotent.decorator.js';
import { AllowanceEventList } from './allowance-event.dto.js';
import { AllowanceEvents } from './allowance-events.service.js';
import { AllowanceStatusView } from './allowance-status.dto.js';
import { AllowanceStatus } from './allowance-status.service.js';
import { AllowancePage, AllowanceView } from './allowance-view.dto.js';
import {
  ALLOWANCE_NAME,
  ALLOWANCE_NAME_RULE,
  AllowancePlace,
  CreateAllowance,
  ListAllowances,
  PutAllowance,
  RaiseAllowance,
  UpdateAllowance,
} from './allowance.dto.js';
import { AllowancesService } from './allowances.service.js';

@ApiTags('allowances')
@Controller('admin/v1/allowances')
export class AllowancesController {
  constructor(
    private readonly allowances: AllowancesService,
    private readonly status: AllowanceStatus,
    private readonly events: AllowanceEvents,
  ) {}

  /** Lists allowances, by name. */
  @Get()
  @Requires('allowances:read')
  list(@Caller() access: Access, @Query() query: ListAllowances): Promise<AllowancePage> {
    return this.allowances.list(access, query);
  }

  /** Shows one allowance. */
  @Get(':id')
  @Requires('allowances:read')
  async get(@Caller() access: Access, @Param('id', IdPipe) id: string, @Etagged() etag: Etag): Promise<AllowanceView> {
    return etag.on(await this.allowances.get(access, id));
  }

  /** Shows how an allowance stands. */
  @Get(':id/status')
  @Requires('allowances:read')
  showStatus(@Caller() access: Access, @Param('id', IdPipe) id: string): Promise<AllowanceStatusView> {
    return this.status.get(access, id);
  }

  /** Lists which of its thresholds were reached, the newest first. */
  @Get(':id/events')
  @Requires('allowances:read')
  listEvents(@Caller() access: Access, @Param('id', IdPipe) id: string): Promise<AllowanceEventList> {
    return this.events.list(access, id);
  }

  /** Limits something. It holds everywhere within a second. */
  @Post()
  @Idempotent()
  @Requires('allowances:write')
  async create(
    @Caller() access: Access,
    @Query() { project }: AllowancePlace,
    @Body() body: CreateAllowance,
    @Etagged() etag: Etag,
  ): Promise<AllowanceView> {
    return etag.on(await this.allowances.create(access, body, project));
  }

  /** Creates the allowance of this name (201), or changes its limit and manners (200). What it counts stays. */
  @Put('by-name/:name')
  @Requires('allowances:write')
  @ApiParam({ name: 'name', type: String })
  @ApiQuery({ name: 'project', required: false, description: 'The project, by id or name.' })
  async put(
    @Caller() access: Access,
    @ByName('project', new PlacePipe(ALLOWANCE_NAME, ALLOWANCE_NAME_RULE)) place: NamedPlace,
    @Body() body: PutAllowance,
    @Etagged() etag: Etag,
  ): Promise<AllowanceView> {
    const { view, isNew } = await this.allowances.put(access, place, body, etag.expected);
    return etag.put(view, isNew);
  }

  /** Changes the fields that are sent and keeps the others. */
  @Patch(':id')
  @Requires('allowances:write')
  async update(
    @Caller() access: Access,
    @Param('id', IdPipe) id: string,
    @Body() body: UpdateAllowance,
    @Etagged() etag: Etag,
  ): Promise<AllowanceView> {
    return etag.on(await this.allowances.update(access, id, body, etag.expected));
  }

  /** Sets what was counted back to zero. */
  @Post(':id/reset')
  @HttpCode(200)
  @Requires('allowances:write')
  async reset(
    @Caller() access: Access,
    @Param('id', IdPipe) id: string,
    @Etagged() etag: Etag,
  ): Promise<AllowanceView> {
    return etag.on(await this.allowances.reset(access, id, etag.expected));
  }

  /** Adds to the limit until a moment; a raise before it ends. */
  @Post(':id/raise')
  @HttpCode(200)
  @Requires('allowances:write')
  async raise(
    @Caller() access: Access,
    @Param('id', IdPipe) id: string,
    @Body() body: RaiseAllowance,
    @Etagged() etag: Etag,
  ): Promise<AllowanceView> {
    return etag.on(await this.allowances.raise(access, id, body, etag.expected));
  }

  /** Ends a raise before its time. */
  @Delete(':id/raise')
  @Requires('allowances:write')
  async lower(
    @Caller() access: Access,
    @Param('id', IdPipe) id: string,
    @Etagged() etag: Etag,
  ): Promise<AllowanceView> {
    return etag.on(await this.allowances.raise(access, id, null, etag.expected));
  }

  /** Removes an allowance, and what it has counted. */
  @Delete(':id')
  @HttpCode(204)
  @Requires('allowances:write')
  remove(
    @Caller() access: Access,
    @Param('id', IdPipe) id: string,
    @IfMatch() expected: ExpectedVersion,
  ): Promise<void> {
    return this.allowances.remove(access, id, expected);
  }
}
