import { Controller, Get, Query, Req, Res } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import type { Response } from 'express';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { GuardedRequest } from '../common/http/access.js';
import { Authenticated } from '../common/http/requires.decorator.js';
import { WatchEvents } from './live-events.dto.js';
import { LiveEvents } from './live-events.service.js';
import { watchOf } from './watch-of.js';

/** What happens, as it happens. */
@ApiTags('events')
@Controller('admin/v1/events')
export class LiveEventsController {
  constructor(private readonly events: LiveEvents) {}

  /** Streams requests, decisions, changes of health, allowances and configuration, as server-sent events. */
  @Get()
  @Authenticated()
  @ApiOkResponse({ content: { 'text/event-stream': { schema: { type: 'string' } } } })
  async watch(@Req() request: GuardedRequest, @Res() response: Response, @Query() query: WatchEvents): Promise<void> {
    const gone = new AbortController();
    response.once('close', () => gone.abort());
    const frames = await this.events.open(watchOf(request, query), gone.signal);
    response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8', 'x-accel-buffering': 'no' });
    await pipeline(Readable.from(frames), response).catch(() => undefined); // the reader left
  }
}
