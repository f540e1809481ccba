import { Controller, Get, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Caller, type Access } from '../../common/http/access.js';
import { Requires } from '../../common/http/requires.decorator.js';
import { ArmReports } from './arm-reports.service.js';
import { ArmsQuery, ArmsView } from './arms.dto.js';

@ApiTags('routing')
@Controller('admin/v1/routing/arms')
export class ArmsController {
  constructor(private readonly reports: ArmReports) {}

  /** Compares the targets of a profile that shares its calls out: how they did, and how they would do with all calls. */
  @Get()
  @Requires('usage:read')
  arms(@Caller() access: Access, @Query() query: ArmsQuery): Promise<ArmsView> {
    return this.reports.of(access, query);
  }
}
