import { plain, type Frame, type JsonObject } from '../answer.js';
import type { SimulatedDialect } from '../dialect.js';

const TYPES: Readonly<Record<number, string>> = {
  401: 'authentication_error',
  402: 'billing_error',
  403: 'permission_error',
  404: 'not_found_error',
  413: 'request_too_large',
  429: 'rate_limit_error',
  504: 'timeout_error',
  529: 'overloaded_error',
};

/** Anthropic's: `x-api-key`, or a Bearer token; errors with a type. */
export const anthropicDialect: SimulatedDialect = {
  key: ({ authorization, 'x-api-key': key }) =>
    typeof key === 'string' ? key : /^Bearer (.+)$/i.exec(authorization ?? '')?.[1],
  refuse: ({ status, message, headers }) => plain(anthropicError(typeOf(status), message), { status, headers }),
};

/** How a stream of Anthropic's tells that it broke down. */
export function anthropicFailure(): Frame {
  return { event: 'error', data: JSON.stringify(anthropicError('overloaded_error', 'Overloaded')), tokens: 0 };
}

function anthropicError(type: string, message: string): JsonObject {
  return { type: 'error', error: { type, message }, request_id: 'req_simulated' };
}

function typeOf(status: number): string {
  return TYPES[status] ?? (status < 500 ? 'invalid_request_error' : 'api_error');
}
