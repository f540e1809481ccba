import { AppError, defineErrors } from '../common/errors/app-error.js';

interface Wait {
  readonly retryAfterSeconds: number;
}

/** A message that says the same whatever the details, which only set `retry-after`. */
export function whatever(message: string): (details: Wait) => string {
  return () => message;
}

/** Everything the relay itself says no with. What follows `relay.` is the `code` that clients see. */
export const relayErrors = defineErrors('relay', {
  invalid_body: { status: 400, message: ({ reason }: { reason: string; param?: string }) => reason },
  invalid_hint: {
    status: 400,
    message: ({ header, rule }: { header: string; rule: string }) => `The header ${header} must be ${rule}.`,
  },
  invalid_api_key: { status: 401, message: ({ reason }: { reason: string }) => reason },
  address_not_allowed: { status: 403, message: () => 'This API key may not be used from your address.' },
  insufficient_scope: {
    status: 403,
    message: ({ scope }: { scope: string }) => `This API key is not allowed to use: ${scope}.`,
  },
  hints_not_allowed: {
    status: 403,
    message: () => 'This API key may not say how its calls are routed: leave out policy and capabilities.',
  },
  profile_not_allowed: {
    status: 403,
    message: ({ model }: { model: string; param: string }) =>
      `This API key does not have access to the model \`${model}\`.`,
  },
  profile_disabled: {
    status: 403,
    message: ({ model }: { model: string; param: string }) => `The model \`${model}\` is disabled.`,
  },
  model_not_found: {
    status: 404,
    message: ({ model }: { model: string; param?: string }) =>
      `The model \`${model}\` does not exist or you do not have access to it.`,
  },
  wrong_operation: {
    status: 400,
    message: ({ model, operation }: { model: string; operation: string; param: string }) =>
      `The model \`${model}\` serves ${operation}, not this endpoint.`,
  },
  untranslatable: {
    status: 400,
    message: ({ model, dialect }: { model: string; dialect: string; param: string }) =>
      `The model \`${model}\` is served in the dialect ${dialect}, which this endpoint cannot be translated to.`,
  },
  unsupported_parameter: {
    status: 400,
    message: ({ parameters }: { parameters: string; param?: string }) =>
      `Not supported by the model that serves this: ${parameters}.`,
  },
  no_fitting_target: {
    status: 400,
    message: ({ model, missing }: { model: string; missing: string; param: string }) =>
      `Nothing behind the model \`${model}\` can serve this request: it does not allow for ${missing}.`,
  },
  output_invalid: {
    status: 422,
    message: ({ tries, faults }: { tries: number; faults: string; param: string }) =>
      `The answer is not in the output format that was asked for, after ${tries} ${tries === 1 ? 'try' : 'tries'}: ${faults}.`,
  },
  request_timeout: { status: 408, message: () => 'The request body did not arrive in time.' },
  body_too_large: { status: 413, message: ({ limit }: { limit: number }) => `The body is larger than ${limit} bytes.` },
  unsupported_encoding: {
    status: 415,
    message: ({ encoding }: { encoding: string }) => `The content encoding "${encoding}" is not supported.`,
  },
  rate_limit_exceeded: {
    status: 429,
    message: ({ provider }: { provider: string; retryAfter?: string }) =>
      `The provider ${provider} limits requests at the moment. Please try again later.`,
  },
  content_filtered: {
    status: 400,
    message: ({ provider }: { provider: string }) => `The provider ${provider} refuses this content.`,
  },
  provider_auth_failed: {
    status: 502,
    message: ({ provider }: { provider: string }) =>
      `The provider ${provider} refused the credential of this gateway. Its operator has to fix that.`,
  },
  upstream_error: {
    status: 502,
    message: ({ provider, what }: { provider: string; what: string; retryAfter?: string }) =>
      `The provider ${provider} ${what}.`,
  },
  overloaded: { status: 503, message: whatever('The gateway is busy. Please try again.') },
  shutting_down: { status: 503, message: whatever('The gateway is shutting down. Please try again.') },
  ledger_unavailable: {
    status: 503,
    message: whatever('The gateway cannot record usage at the moment, so it refuses to cause any.'),
  },
  vault_locked: {
    status: 503,
    message: whatever("The vault is locked: the provider's credential cannot be read until it is unlocked."),
  },
  provider_unavailable: {
    status: 503,
    message: ({ model }: Wait & { model: string }) => `No provider can serve the model \`${model}\` at the moment.`,
  },
  upstream_timeout: {
    status: 504,
    message: ({ provider, what }: { provider: string; what: string }) => `The provider ${provider} ${what}.`,
  },
});

/** The `error` object of OpenAI's dialect: always with all four keys. */
export interface OpenAiError {
  readonly message: string;
  readonly type: string;
  readonly param: string | null;
  readonly code: string | null;
}

/** How an error looks to a client. An unexpected one shows nothing of itself. */
export function toOpenAiError(error: unknown): OpenAiError & { readonly status: number } {
  if (!(error instanceof AppError)) {
    const message = 'Something went wrong on our side.';
    return { status: 500, message, type: 'server_error', param: null, code: 'internal_error' };
  }
  const { status, message, details } = error;
  const param = 'param' in details && typeof details.param === 'string' ? details.param : null;
  const type = 'type' in details && typeof details.type === 'string' ? details.type : typeOf(status);
  return { status, message, type, param, code: codeOf(error) };
}

/** The code of an error as clients see it, without its room. */
export function codeOf({ code }: AppError): string {
  return code.slice(code.indexOf('.') + 1);
}

/** The headers an error brings along, beside those that every answer has. */
export function errorHeaders(error: unknown): Record<string, string> {
  if (!(error instanceof AppError)) return {};
  const headers: Record<string, string> = {};
  if (error.status === 401) headers['www-authenticate'] = 'Bearer realm="waggle"';
  const { details } = error;
  if ('headers' in details) Object.assign(headers, details.headers);
  if ('retryAfterSeconds' in details) headers['retry-after'] = String(details.retryAfterSeconds);
  if ('retryAfter' in details && typeof details.retryAfter === 'string') headers['retry-after'] = details.retryAfter;
  return headers;
}

function typeOf(status: number): string {
  if (status >= 500) return 'server_error';
  return status === 429 ? 'requests' : 'invalid_request_error';
}
