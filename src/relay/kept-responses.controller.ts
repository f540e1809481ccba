import { Controller, Delete, Get, Param, Post, Req, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { Open } from '../common/http/requires.decorator.js';
import { CurrentSnapshot } from '../snapshot/current-snapshot.js';
import { Call, type Endpoint } from './pipeline/call.js';
import { Pipeline } from './pipeline/pipeline.js';

const KEPT: Endpoint = { operation: 'responses', dialect: 'openai-responses', isFree: true, forwardsQuery: true };

/** Responses that their providers keep. */
@ApiExcludeController()
@Open('the pipeline checks the token of each call')
@Controller('v1/responses/:id')
export class KeptResponsesController {
  constructor(
    private readonly snapshot: CurrentSnapshot,
    private readonly pipeline: Pipeline,
  ) {}

  @Get()
  show(@Param('id') id: string, @Req() request: Request, @Res() response: Response): Promise<void> {
    return this.reach({ id, method: 'GET', below: '' }, request, response);
  }

  @Delete()
  remove(@Param('id') id: string, @Req() request: Request, @Res() response: Response): Promise<void> {
    return this.reach({ id, method: 'DELETE', below: '' }, request, response);
  }

  @Post('cancel')
  cancel(@Param('id') id: string, @Req() request: Request, @Res() response: Response): Promise<void> {
    return this.reach({ id, method: 'POST', below: '/cancel' }, request, response);
  }

  @Get('input_items')
  inputItems(@Param('id') id: string, @Req() request: Request, @Res() response: Response): Promise<void> {
    return this.reach({ id, method: 'GET', below: '/input_items' }, request, response);
  }

  private reach(
    { id, method, below }: { readonly id: string } & Required<Pick<Endpoint, 'method' | 'below'>>,
    request: Request,
    response: Response,
  ): Promise<void> {
    const endpoint = { ...KEPT, method, below: `/${encodeURIComponent(id)}${below}` };
    return this.pipeline.reach(new Call(endpoint, request, response, this.snapshot.get()), id);
  }
}
