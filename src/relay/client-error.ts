import type { Dialect } from '../providers/drivers/driver.js';
import { toOpenAiError, type OpenAiError } from './relay.errors.js';

/** An error as its client may see it, before it is put into the client's dialect. */
export interface ClientError extends OpenAiError {
  readonly status: number;
}

/** How an error looks to a client of this dialect: Anthropic has a status of its own for overload. */
export function shownError(dialect: Dialect, error: unknown): ClientError {
  const shown = toOpenAiError(error);
  return dialect === 'anthropic-messages' && shown.code === 'overloaded' ? { ...shown, status: 529 } : shown;
}

/** The body of an error, in the client's dialect. */
export function errorBody(dialect: Dialect, { status, ...shown }: ClientError, requestId: string): object {
  if (dialect !== 'anthropic-messages') return { error: shown };
  return { type: 'error', error: { type: anthropicType(status), message: shown.message }, request_id: requestId };
}

const ANTHROPIC_TYPES: Readonly<Record<number, string>> = {
  401: 'authentication_error',
  402: 'billing_error',
  403: 'permission_error',
  404: 'not_found_error',
  413: 'request_too_large',
  429: 'rate_limit_error',
  504: 'timeout_error',
  529: 'overloaded_error',
};

/** What Anthropic calls an error of that status. */
function anthropicType(status: number): string {
  return ANTHROPIC_TYPES[status] ?? (status < 500 ? 'invalid_request_error' : 'api_error');
}
