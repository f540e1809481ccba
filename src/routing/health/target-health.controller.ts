import { Controller, Get, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Caller, type Access } from '../../common/http/access.js';
import { Requires } from '../../common/http/requires.decorator.js';
import { TargetHealthPage, TargetHealthQuery } from './target-health.dto.js';
import { TargetHealths } from './target-healths.service.js';

@ApiTags('health')
@Controller('admin/v1/health')
export class TargetHealthController {
  constructor(private readonly healths: TargetHealths) {}

  /** Lists how well the models serve, by name, as the process that answers sees it. */
  @Get('targets')
  @Requires('models:read')
  list(@Caller() access: Access, @Query() query: TargetHealthQuery): Promise<TargetHealthPage> {
    return this.healths.list(access, query);
  }
}
