import { JSON_TYPE, Refusal, UPSET, type Answer, type Call } from './answer.js';
import type { Directives } from './directives.js';

const BY_STATUS: Readonly<Record<number, { message: string; type?: string; code?: string }>> = {
  400: { message: 'Invalid request.', code: 'invalid_value' },
  401: { message: 'Incorrect API key provided.', code: 'invalid_api_key' },
  403: { message: 'Your account may not use this.', code: 'permission_denied' },
  404: { message: 'The model does not exist or you do not have access to it.', code: 'model_not_found' },
  413: { message: 'The request is too large.', code: 'request_too_large' },
  422: { message: 'The request could not be processed.', code: 'unprocessable' },
  429: { message: 'Rate limit reached.', type: 'requests', code: 'rate_limit_exceeded' },
  529: { message: 'Overloaded', type: 'overloaded_error' },
  503: { message: 'The engine is currently overloaded, please try again later.', type: 'overloaded_error' },
};

/** The answer that the directives want instead of a good one, if any. */
export function refusalFor({ directives, body }: Call): Answer | Refusal | undefined {
  const { status, redirect, refuse, only } = directives;
  if (redirect !== undefined) return redirectTo(redirect);
  if (status !== undefined) return errorAnswer(status, directives);
  if (only !== undefined && body.stream !== true) {
    return new Refusal(400, 'This model answers in streams only.', { param: 'stream', code: 'streaming_required' });
  }
  if (refuse !== undefined && refuse in body) {
    const detail = { param: refuse, code: 'unknown_parameter' };
    return new Refusal(400, `Unrecognized request argument supplied: ${refuse}`, detail);
  }
  return undefined;
}

function errorAnswer(status: number, { code, retryAfter, shouldRetry }: Directives): Refusal {
  const known = BY_STATUS[status] ?? { message: UPSET };
  const isQuota = code === 'insufficient_quota';
  const detail = { type: isQuota ? code : known.type, code: code ?? known.code ?? null };
  return new Refusal(status, known.message, detail, {
    ...(retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) }),
    ...(shouldRetry === undefined ? {} : { 'x-should-retry': shouldRetry }),
  });
}

function redirectTo(location: string): Answer {
  const frames = [{ data: '', tokens: 0 }];
  return { status: 307, contentType: JSON_TYPE, headers: { location }, isStreamed: false, frames, inputTokens: 0 };
}
