import { Controller, Post, Req, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { Open } from '../common/http/requires.decorator.js';
import { CurrentSnapshot } from '../snapshot/current-snapshot.js';
import { Call, type Endpoint } from './pipeline/call.js';
import { Pipeline } from './pipeline/pipeline.js';

const MESSAGES: Endpoint = { operation: 'chat', dialect: 'anthropic-messages', forwardsQuery: true };
const COUNT_TOKENS: Endpoint = { ...MESSAGES, path: '/messages/count_tokens', isFree: true };

/** Everything that is passed on to upstreams. The answers are written by the pipeline, errors too. */
@ApiExcludeController()
@Open('the pipeline checks the token of each call')
@Controller('v1')
export class RelayController {
  constructor(
    private readonly snapshot: CurrentSnapshot,
    private readonly pipeline: Pipeline,
  ) {}

  @Post('chat/completions')
  chat(@Req() request: Request, @Res() response: Response): Promise<void> {
    return this.relay({ operation: 'chat', dialect: 'openai-chat' }, request, response);
  }

  @Post('chat')
  native(@Req() request: Request, @Res() response: Response): Promise<void> {
    return this.relay({ operation: 'chat', dialect: 'openai-chat', isEnvelope: true }, request, response);
  }

  @Post('completions')
  completions(@Req() request: Request, @Res() response: Response): Promise<void> {
    return this.relay({ operation: 'completion', dialect: 'openai' }, request, response);
  }

  @Post('embeddings')
  embeddings(@Req() request: Request, @Res() response: Response): Promise<void> {
    return this.relay({ operation: 'embeddings', dialect: 'openai' }, request, response);
  }

  @Post('responses')
  responses(@Req() request: Request, @Res() response: Response): Promise<void> {
    return this.relay({ operation: 'responses', dialect: 'openai-responses' }, request, response);
  }

  @Post('messages')
  messages(@Req() request: Request, @Res() response: Response): Promise<void> {
    return this.relay(MESSAGES, request, response);
  }

  @Post('messages/count_tokens')
  countTokens(@Req() request: Request, @Res() response: Response): Promise<void> {
    return this.relay(COUNT_TOKENS, request, response);
  }

  @Post('moderations')
  moderations(@Req() request: Request, @Res() response: Response): Promise<void> {
    return this.relay({ operation: 'moderation', dialect: 'openai' }, request, response);
  }

  @Post('rerank')
  rerank(@Req() request: Request, @Res() response: Response): Promise<void> {
    return this.relay({ operation: 'rerank', dialect: 'openai' }, request, response);
  }

  @Post('audio/transcriptions')
  transcriptions(@Req() request: Request, @Res() response: Response): Promise<void> {
    return this.relay({ operation: 'transcription', dialect: 'openai' }, request, response);
  }

  @Post('audio/translations')
  translations(@Req() request: Request, @Res() response: Response): Promise<void> {
    return this.relay({ operation: 'translation', dialect: 'openai' }, request, response);
  }

  @Post('audio/speech')
  speech(@Req() request: Request, @Res() response: Response): Promise<void> {
    return this.relay({ operation: 'speech', dialect: 'openai' }, request, response);
  }

  @Post('images/generations')
  imageGenerations(@Req() request: Request, @Res() response: Response): Promise<void> {
    return this.relay({ operation: 'image', dialect: 'openai' }, request, response);
  }

  @Post('images/edits')
  imageEdits(@Req() request: Request, @Res() response: Response): Promise<void> {
    return this.relay({ operation: 'image', dialect: 'openai', path: '/images/edits' }, request, response);
  }

  @Post('images/variations')
  imageVariations(@Req() request: Request, @Res() response: Response): Promise<void> {
    return this.relay({ operation: 'image', dialect: 'openai', path: '/images/variations' }, request, response);
  }

  private relay(endpoint: Endpoint, request: Request, response: Response): Promise<void> {
    return this.pipeline.run(new Call(endpoint, request, response, this.snapshot.get()));
  }
}
