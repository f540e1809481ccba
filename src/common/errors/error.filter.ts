import { Catch, HttpException, Logger, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { Request, Response } from 'express';
import { newId } from '../ids.js';
import { AppError } from './app-error.js';

interface Failure {
  readonly status: number;
  readonly code: string;
  readonly message: string;
  readonly details?: object;
}

const INTERNAL: Failure = { status: 500, code: 'internal', message: 'Something went wrong on our side.' };
const RELAY_PATH = /^\/(inference\/)?v1(?=[/?]|$)/i; // Express matches paths without regard to case

/**
 * The only place where an error becomes an answer: RFC 9457 problem details, and the OpenAI shape below `/v1`.
 * It must be global: unreadable JSON, oversized bodies and unknown paths fail before any controller runs.
 */
@Catch()
export class ErrorFilter implements ExceptionFilter {
  private readonly logger = new Logger(ErrorFilter.name);

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const response = http.getResponse<Response>();
    if (response.destroyed) return; // the caller has left: nobody to answer, nothing to alert on

    const failure = describe(error);
    if (failure.status >= 500 && !(error instanceof AppError)) this.logger.error(error);
    if (response.headersSent) return void response.destroy();
    const render = RELAY_PATH.test(http.getRequest<Request>().originalUrl) ? asOpenAi : asProblem;
    render(response.status(failure.status), failure);
  }
}

function describe(error: unknown): Failure {
  if (error instanceof AppError) return error;
  if (error instanceof HttpException) return described(error.getStatus(), error.message);
  if (isRefusal(error)) return described(error.status, error.message);
  return INTERNAL;
}

function described(status: number, message: string): Failure {
  return { status, code: `http.${status}`, message };
}

/** What Express and its body parser throw for a bad request: `http-errors` that say they are safe to show. */
function isRefusal(error: unknown): error is Error & { status: number } {
  return error instanceof Error && 'expose' in error && error.expose === true && 'status' in error;
}

function asProblem(response: Response, { status, code, message, details }: Failure): void {
  retryAfter(response, details);
  response.type('application/problem+json').json({ status, code, title: message, details });
}

function asOpenAi(response: Response, { status, code, message }: Failure): void {
  const type = status < 500 ? 'invalid_request_error' : 'server_error';
  response.setHeader('x-request-id', `req_${newId().replaceAll('-', '')}`);
  response.json({ error: { message, type, param: null, code } });
}

function retryAfter(response: Response, details: object = {}): void {
  if ('retryAfterSeconds' in details) response.setHeader('retry-after', String(details.retryAfterSeconds));
}
