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
const ANTHROPIC_PATH = /^\/(inference\/)?v1\/+messages(?=[/?]|$)/i;

/**
 * The only place where an error becomes an answer: RFC 9457 problem details, and
 * the shape of OpenAI or Anthropic below `/v1`.
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
    const render = rendererFor(http.getRequest<Request>().originalUrl);
    render(response.status(failure.status), failure);
  }
}

function rendererFor(url: string): (response: Response, failure: Failure) => void {
  if (!RELAY_PATH.test(url)) return asProblem;
  return ANTHROPIC_PATH.test(url) ? asAnthropic : asOpenAi;
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

function asAnthropic(response: Response, { status, message }: Failure): void {
  const requestId = `req_${newId().replaceAll('-', '')}`;
  const known = status === 404 ? 'not_found_error' : 'invalid_request_error';
  const type = status < 500 ? known : 'api_error';
  response.setHeader('x-request-id', requestId).setHeader('request-id', requestId);
  response.json({ type: 'error', error: { type, message }, request_id: requestId });
}

function asOpenAi(response: Response, { status, code, message }: Failure): void {
  const type = status < 500 ? 'invalid_request_error' : 'server_error';
  response.setHeader('x-request-id', `req_${newId().replaceAll('-', '')}`);
  response.json({ error: { message, type, param: null, code } });
}

function retryAfter(response: Response, details: object = {}): void {
  if ('retryAfterSeconds' in details) response.setHeader('retry-after', String(details.retryAfterSeconds));
}
