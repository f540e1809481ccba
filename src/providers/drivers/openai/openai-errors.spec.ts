import { classifyOpenAi } from './openai-errors.js';

describe(classifyOpenAi.name, () => {
  it.each([
    [400, { code: 'invalid_value', message: 'Bad n.' }, 'caller'],
    [404, { code: 'model_not_found', message: 'No such model.' }, 'caller'],
    [413, {}, 'caller'],
    [422, { message: 'Unprocessable.' }, 'caller'],
    [401, { code: 'invalid_api_key' }, 'auth'],
    [403, { message: 'Forbidden' }, 'auth'],
    [403, { code: 'content_policy_violation' }, 'content_filter'],
    [402, { message: 'Insufficient credits' }, 'quota'],
    [429, { code: 'rate_limit_exceeded' }, 'rate_limited'],
    [429, { type: 'insufficient_quota', code: 'insufficient_quota' }, 'quota'],
    [500, { message: 'maximum context length' }, 'server_error'],
    [502, {}, 'server_error'],
    [503, {}, 'overloaded'],
    [529, {}, 'overloaded'],
    [307, {}, 'malformed'],
    [400, { code: 'context_length_exceeded', message: 'Too long.' }, 'context_overflow'],
    [400, { message: "This model's maximum context length is 8192 tokens.", code: null }, 'context_overflow'],
    [400, { code: 'content_filter', message: 'Filtered.' }, 'content_filter'],
  ])('takes %i with %j for %s', (status, error, expected) => {
    expect(classifyOpenAi(status, Buffer.from(JSON.stringify({ error })))).toBe(expected);
  });
});
