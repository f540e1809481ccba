import { Controller, Get, Req, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { Open } from '../common/http/requires.decorator.js';
import { Standings } from '../limits/book/standings.js';
import { CurrentSnapshot } from '../snapshot/current-snapshot.js';
import { showMe } from './me.js';
import { Call } from './pipeline/call.js';
import { Pipeline } from './pipeline/pipeline.js';

/** What a token may know of itself. */
@ApiExcludeController()
@Open('the pipeline checks the token of each call')
@Controller('v1/me')
export class MeController {
  constructor(
    private readonly snapshot: CurrentSnapshot,
    private readonly pipeline: Pipeline,
    private readonly standings: Standings,
  ) {}

  @Get()
  show(@Req() request: Request, @Res() response: Response): Promise<void> {
    const call = new Call({ operation: null, dialect: 'openai' }, request, response, this.snapshot.get());
    return this.pipeline.answer(call, (snapshot, token) => showMe(snapshot, token, this.standings));
  }
}
