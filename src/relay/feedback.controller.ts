import { Controller, Post, Req, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { Open } from '../common/http/requires.decorator.js';
import { CurrentSnapshot } from '../snapshot/current-snapshot.js';
import { readFeedback } from './feedback.js';
import { Call } from './pipeline/call.js';
import { Pipeline } from './pipeline/pipeline.js';

/** What clients think of the answers that they got. */
@ApiExcludeController()
@Open('the pipeline checks the token of each call')
@Controller('v1/feedback')
export class FeedbackController {
  constructor(
    private readonly snapshot: CurrentSnapshot,
    private readonly pipeline: Pipeline,
  ) {}

  @Post()
  give(@Req() request: Request, @Res() response: Response): Promise<void> {
    const call = new Call({ operation: null, dialect: 'openai' }, request, response, this.snapshot.get());
    return this.pipeline.file(call, (body, token) => readFeedback(body, token, call.startedAt));
  }
}
