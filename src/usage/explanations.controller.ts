import { Controller, Get, Param } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { IdPipe } from '../common/http/id.pipe.js';
import { Caller, type Access } from '../common/http/access.js';
import { Requires } from '../common/http/requires.decorator.js';
import { ExplanationView } from './explanation.dto.js';
import { Explanations } from './explanations.service.js';

@ApiTags('routing')
@Controller('admin/v1/routing/explain')
export class ExplanationsController {
  constructor(private readonly explanations: Explanations) {}

  /** Shows why a request went where it went: what was kept of its plan, what was called, and how to plan it again. */
  @Get(':requestId')
  @Requires('requests:read')
  explain(@Caller() access: Access, @Param('requestId', IdPipe) requestId: string): Promise<ExplanationView> {
    return this.explanations.of(access, requestId);
  }
}
