import { Controller, Get, Param, Query, type StreamableFile } from '@nestjs/common';
import { ApiOkResponse, ApiProduces, ApiTags } from '@nestjs/swagger';
import { IdPipe } from '../common/http/id.pipe.js';
import { Caller, type Access } from '../common/http/access.js';
import { Requires } from '../common/http/requires.decorator.js';
import { exportFile } from './export-file.js';
import { Payloads } from './payloads.service.js';
import { ExportRequests, ListRequests, PayloadView, RequestDetail, RequestPage } from './request.dto.js';
import { Requests } from './requests.service.js';

@ApiTags('requests')
@Controller('admin/v1/requests')
export class RequestsController {
  constructor(
    private readonly requests: Requests,
    private readonly payloads: Payloads,
  ) {}

  /** Lists requests, newest first. */
  @Get()
  @Requires('requests:read')
  list(@Caller() access: Access, @Query() query: ListRequests): Promise<RequestPage> {
    return this.requests.list(access, query);
  }

  /** Shows one request with its attempts. */
  @Get(':id')
  @Requires('requests:read')
  get(@Caller() access: Access, @Param('id', IdPipe) id: string): Promise<RequestDetail> {
    return this.requests.get(access, id);
  }

  /** Downloads all requests that match, as CSV or one JSON a line. */
  @Get('export')
  @Requires('requests:read')
  @ApiProduces('text/csv', 'application/x-ndjson')
  @ApiOkResponse({ schema: { type: 'string' } })
  async export(@Caller() access: Access, @Query() query: ExportRequests): Promise<StreamableFile> {
    return exportFile(await this.requests.stream(access, query), query.format);
  }

  /** Opens what was captured of a request. Reading it leaves an entry in the audit trail. */
  @Get(':id/payload')
  @Requires('payloads:read')
  payload(@Caller() access: Access, @Param('id', IdPipe) id: string): Promise<PayloadView> {
    return this.payloads.open(access, id);
  }
}
