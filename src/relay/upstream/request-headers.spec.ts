import type { ProviderEntry } from '../../snapshot/snapshot.js';
import { requestHeaders, type HeaderParts } from './request-headers.js';

describe(requestHeaders.name, () => {
  it('gives calls alike the same headers, made once', () => {
    const first = requestHeaders(parts());
    expect(first).toEqual({
      'content-type': 'application/json',
      'accept-encoding': 'identity',
      'user-agent': 'waggle',
      'x-version': '1',
      accept: 'application/json',
      'x-team': 'bees',
      authorization: 'Bearer upstream',
    });
    expect(requestHeaders(parts())).toBe(first);
  });

  it('makes them anew for whatever is another call, provider, credential or content', () => {
    const first = requestHeaders(parts());
    expect(requestHeaders(parts({ client: { accept: 'text/event-stream' } }))).toMatchObject({
      accept: 'text/event-stream',
    });
    expect(requestHeaders(parts({ client: {} }))).not.toHaveProperty('accept');
    expect(requestHeaders(parts({ contentType: 'multipart/form-data' }))['content-type']).toBe('multipart/form-data');
    expect(requestHeaders(parts({ provider: { extraHeaders: {} } as ProviderEntry }))).not.toHaveProperty('x-team');
    expect(requestHeaders(parts({ authorization: { authorization: 'Bearer new' } }))['authorization']).toBe(
      'Bearer new',
    );
    expect(requestHeaders(parts({ traceparent: '00-1' }))['traceparent']).toBe('00-1');
    expect(requestHeaders(parts())).toEqual(first);
    expect(first).not.toHaveProperty('traceparent');
  });

  it("takes over what the driver lets a client say, unless the client's dialect is another; the operator has the last word", () => {
    const client = { accept: 'a', 'x-version': '2', 'x-team': 'wasps', cookie: 'c' };
    const own = parts({ client, driver: { headers: { 'x-version': '1' }, clientHeaders: ['x-version', 'x-team'] } });
    expect(requestHeaders(own)).toMatchObject({ 'x-version': '2', 'x-team': 'bees' });
    expect(requestHeaders(own)).not.toHaveProperty('cookie');
    expect(requestHeaders({ ...own, isTranslated: true })).toMatchObject({ 'x-version': '1' });
    expect(requestHeaders({ ...own, isTranslated: true })).not.toHaveProperty('accept');
  });
});

const PROVIDER = { extraHeaders: { 'x-team': 'bees' } } as unknown as ProviderEntry;
const AUTHORIZATION = { authorization: 'Bearer upstream' };

function parts(given: Partial<HeaderParts> = {}): HeaderParts {
  return {
    client: { accept: 'application/json' },
    provider: PROVIDER,
    driver: { headers: { 'x-version': '1' }, clientHeaders: ['x-version'] },
    isTranslated: false,
    contentType: 'application/json',
    authorization: AUTHORIZATION,
    traceparent: undefined,
    ...given,
  };
}
