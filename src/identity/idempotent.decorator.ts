import {
  applyDecorators,
  Injectable,
  UseInterceptors,
  type CallHandler,
  type ExecutionContext,
  type NestInterceptor,
} from '@nestjs/common';
import { ApiHeader } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { catchError, from, mergeMap, of, type Observable } from 'rxjs';
import { attemptOf, IdempotentAnswers, type Attempt, type KeptAnswer } from './idempotent-answers.service.js';

const KEPT_HEADERS = ['etag', 'location'];

/** Runs a create once for each Idempotency-Key, and gives its answer again. */
@Injectable()
export class IdempotencyInterceptor implements NestInterceptor {
  constructor(private readonly answers: IdempotentAnswers) {}

  async intercept(context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    const http = context.switchToHttp();
    const attempt = attemptOf(http.getRequest<Request>());
    if (!attempt) return next.handle();
    const kept = await this.answers.begin(attempt);
    if (kept) return of(giveAgain(http.getResponse<Response>(), kept));
    return next.handle().pipe(
      catchError((error: unknown) => from(this.release(attempt, error))),
      mergeMap((body: unknown) => this.keep(attempt, http.getResponse<Response>(), body)),
    );
  }

  private async keep(attempt: Attempt, response: Response, body: unknown): Promise<unknown> {
    const headers = KEPT_HEADERS.flatMap((name) => {
      const value = response.getHeader(name);
      return typeof value === 'string' ? [[name, value] as const] : [];
    });
    await this.answers.keep(attempt, { status: response.statusCode, headers: Object.fromEntries(headers), body });
    return body;
  }

  private async release(attempt: Attempt, error: unknown): Promise<never> {
    await this.answers.forget(attempt);
    throw error;
  }
}

function giveAgain(response: Response, { status, headers, body }: KeptAnswer): unknown {
  response.status(status).set({ ...headers, 'idempotency-replayed': 'true' });
  return body;
}

/**
 * Lets a caller send a create again without making a second one: the same `Idempotency-Key` and body within a day get
 * the first answer again. The module of the controller must import IdentityModule.
 */
export const Idempotent = (): MethodDecorator =>
  applyDecorators(
    UseInterceptors(IdempotencyInterceptor),
    ApiHeader({
      name: 'Idempotency-Key',
      required: false,
      description: 'Any text, new for each create. Sending it again with the same body gives the first answer again.',
      schema: { type: 'string', maxLength: 255 },
    }),
  );
