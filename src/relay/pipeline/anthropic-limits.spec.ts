import { addAnthropicLimits } from './anthropic-limits.js';

const NOW = Date.UTC(2026, 0, 1);

describe(addAnthropicLimits, () => {
  it.each([
    ['0s', '2026-01-01T00:00:00Z'],
    ['120ms', '2026-01-01T00:00:01Z'],
    ['1.5s', '2026-01-01T00:00:02Z'],
    ['6m0s', '2026-01-01T00:06:00Z'],
    ['2h0m30s', '2026-01-01T02:00:30Z'],
  ])('says when a window ends that has %s left', (reset, time) => {
    const headers = {
      'x-ratelimit-limit-tokens': '100',
      'x-ratelimit-remaining-tokens': '40',
      'x-ratelimit-reset-tokens': reset,
    };
    addAnthropicLimits(headers, NOW);
    expect(headers).toMatchObject({
      'anthropic-ratelimit-tokens-limit': '100',
      'anthropic-ratelimit-tokens-remaining': '40',
      'anthropic-ratelimit-tokens-reset': time,
    });
    expect(Object.keys(headers)).toHaveLength(6);
  });

  it('says nothing where nothing is limited', () => {
    const headers = { 'x-request-id': 'req_1' };
    addAnthropicLimits(headers, NOW);
    expect(headers).toEqual({ 'x-request-id': 'req_1' });
  });
});
