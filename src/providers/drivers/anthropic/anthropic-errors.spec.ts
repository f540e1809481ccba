import { classifyAnthropic } from './anthropic-errors.js';

describe(classifyAnthropic.name, () => {
  it.each([
    [400, 'invalid_request_error', 'max_tokens: Field required', 'caller'],
    [400, 'invalid_request_error', 'prompt is too long: 210000 tokens > 200000 maximum', 'context_overflow'],
    [400, 'invalid_request_error', 'Your credit balance is too low to access the API.', 'quota'],
    [401, 'authentication_error', 'invalid x-api-key', 'auth'],
    [402, 'billing_error', 'Pay.', 'quota'],
    [403, 'permission_error', 'No.', 'auth'],
    [404, 'not_found_error', 'model: claude-0', 'caller'],
    [413, 'request_too_large', 'Too large.', 'caller'],
    [429, 'rate_limit_error', 'Slow down.', 'rate_limited'],
    [500, 'api_error', 'Oops.', 'server_error'],
    [529, 'overloaded_error', 'Overloaded', 'overloaded'],
  ])('takes %i %s "%s" for %s', (status, type, message, expected) => {
    const body = Buffer.from(JSON.stringify({ type: 'error', error: { type, message } }));
    expect(classifyAnthropic(status, body)).toBe(expected);
  });
});
