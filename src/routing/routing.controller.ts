import { Body, Controller, Get, HttpCode, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Caller, type Access } from '../common/http/access.js';
import { Requires } from '../common/http/requires.decorator.js';
import { SimulationView, SnapshotView } from './routing.dto.js';
import { SimulateRequest } from './simulate.dto.js';
import { RoutingService } from './routing.service.js';

@ApiTags('routing')
@Controller('admin/v1/routing')
export class RoutingController {
  constructor(private readonly routing: RoutingService) {}

  /** Shows where a request for a profile would go, and why not elsewhere. Nothing is called. */
  @Post('simulate')
  @HttpCode(200)
  @Requires('profiles:read')
  simulate(@Caller() access: Access, @Body() body: SimulateRequest): Promise<SimulationView> {
    return this.routing.simulate(access, body);
  }

  /** Shows which configuration is in force in the process that answers, and why not a newer one. */
  @Get('snapshot')
  @Requires('system:read')
  snapshot(@Caller() access: Access): SnapshotView {
    return this.routing.describe(access);
  }
}
