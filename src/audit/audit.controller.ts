import { Controller, Get, Param, Query, type StreamableFile } from '@nestjs/common';
import { ApiOkResponse, ApiProduces, ApiTags } from '@nestjs/swagger';
import { IdPipe } from '../common/http/id.pipe.js';
import { Caller, type Access } from '../common/http/access.js';
import { Requires } from '../common/http/requires.decorator.js';
import { AuditTrail } from './audit-trail.service.js';
import { AuditVerifier } from './audit-verifier.service.js';
import { AuditEntryView, AuditPage, AuditVerdict, ExportAudit, ListAudit, VerifyAudit } from './audit.dto.js';

@ApiTags('audit')
@Controller('admin/v1/audit')
export class AuditController {
  constructor(
    private readonly trail: AuditTrail,
    private readonly verifier: AuditVerifier,
  ) {}

  /** Lists what was done, the newest first. */
  @Get()
  @Requires('audit:read')
  list(@Caller() access: Access, @Query() query: ListAudit): Promise<AuditPage> {
    return this.trail.list(access, query);
  }

  /** Shows one entry. */
  @Get(':id')
  @Requires('audit:read')
  get(@Caller() access: Access, @Param('id', IdPipe) id: string): Promise<AuditEntryView> {
    return this.trail.get(access, id);
  }

  /** Downloads all entries that match, the oldest first, as one JSON a line or as CSV. */
  @Get('export')
  @Requires('audit:read')
  @ApiProduces('application/x-ndjson', 'text/csv')
  @ApiOkResponse({ schema: { type: 'string' } })
  export(@Caller() access: Access, @Query() query: ExportAudit): StreamableFile {
    return this.trail.export(access, query);
  }

  /** Checks the whole chain of hashes, and says where it breaks. Needs the permission in the whole tenant. */
  @Get('verify')
  @Requires('audit:read')
  verify(@Caller() access: Access, @Query() anchor: VerifyAudit): Promise<AuditVerdict> {
    return this.verifier.verify(access, anchor);
  }
}
