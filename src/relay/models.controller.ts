import { Controller, Get, Req, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { Open } from '../common/http/requires.decorator.js';
import { CurrentSnapshot } from '../snapshot/current-snapshot.js';
import { listAnthropicModels, showAnthropicModel } from './anthropic-models.js';
import { listModels, showModel } from './models.js';
import { Call } from './pipeline/call.js';
import { Pipeline } from './pipeline/pipeline.js';

const PREFIX = '/v1/models/';

/** The profiles that a token may call, as OpenAI lists models, or Anthropic for its clients. */
@ApiExcludeController()
@Open('the pipeline checks the token of each call')
@Controller('v1/models')
export class ModelsController {
  constructor(
    private readonly snapshot: CurrentSnapshot,
    private readonly pipeline: Pipeline,
  ) {}

  @Get()
  list(@Req() request: Request, @Res() response: Response): Promise<void> {
    const list = isAnthropic(request) ? listAnthropicModels : listModels;
    return this.pipeline.answer(this.call(request, response), list);
  }

  /** Names may have slashes, written as they are or encoded. */
  @Get('*name')
  show(@Req() request: Request, @Res() response: Response): Promise<void> {
    const name = decoded(request.path.slice(PREFIX.length));
    const show = isAnthropic(request) ? showAnthropicModel : showModel;
    return this.pipeline.answer(this.call(request, response), (snapshot, token) => show(snapshot, token, name));
  }

  private call(request: Request, response: Response): Call {
    const dialect = isAnthropic(request) ? 'anthropic-messages' : 'openai';
    return new Call({ operation: null, dialect }, request, response, this.snapshot.get());
  }
}

/** Its clients name the version that they speak in every call; those of OpenAI never do. */
function isAnthropic({ headers }: Request): boolean {
  return headers['anthropic-version'] !== undefined;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
