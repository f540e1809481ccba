import { readFileSync } from 'node:fs';
import { idempotencyErrors } from './idempotency.errors.js';
import { limitErrors } from './limit.errors.js';
import { responseErrors } from './response.errors.js';
import { codeOf, errorHeaders, relayErrors, toOpenAiError } from './relay.errors.js';

type Factory = (details: object) => ReturnType<typeof relayErrors.overloaded>;

const all = Object.values(relayErrors).map((make) => (make as Factory)({ retryAfterSeconds: 5 }));

const others = [limitErrors, idempotencyErrors, responseErrors]
  .flatMap((errors): unknown[] => Object.values(errors))
  .map((make) => (make as Factory)({ id: '' }));

describe('the errors of the relay', () => {
  it('are those that docs/relay.md lists, by status', () => {
    const documented = readFileSync('docs/relay.md', 'utf8').matchAll(/^\| `(\w+)` +\| (\d{3})/gm);
    const listed = [...documented].map(([, code, status]) => `${status} ${code}`);
    const known = [...all, ...others].map((error) => `${error.status} ${codeOf(error)}`);
    expect(listed.toSorted()).toEqual([...new Set(known)].toSorted());
  });

  it('always have all four keys, and a type after their status', () => {
    for (const error of all) {
      const { status, ...shown } = toOpenAiError(error);
      expect(Object.keys(shown).toSorted()).toEqual(['code', 'message', 'param', 'type']);
      expect(shown.type).toBe(status >= 500 ? 'server_error' : status === 429 ? 'requests' : 'invalid_request_error');
    }
  });

  it('say nothing of an error that nobody expected', () => {
    const shown = toOpenAiError(new Error('password=hunter2'));
    expect(shown).toMatchObject({ status: 500, code: 'internal_error', param: null });
    expect(shown.message).not.toContain('hunter2');
  });

  it('tell when to come back, and how to sign in', () => {
    expect(errorHeaders(relayErrors.overloaded({ retryAfterSeconds: 3 }))).toEqual({ 'retry-after': '3' });
    expect(errorHeaders(relayErrors.invalid_api_key({ reason: 'no' }))).toHaveProperty('www-authenticate');
  });
});
