import { createVerify, generateKeyPairSync } from 'node:crypto';
import { vertex } from './vertex.js';
import { authorizeVertex } from './vertex-credential.js';

const { privateKey, publicKey } = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  publicKeyEncoding: { type: 'spki', format: 'pem' },
});
const account = JSON.stringify({
  type: 'service_account',
  client_email: 'waggle@p.iam.gserviceaccount.com',
  private_key: privateKey,
  private_key_id: 'k1',
  token_uri: 'http://169.254.169.254/token',
});
const MINUTE = 60_000;

describe('vertex', () => {
  it('finds models of Google and of others', () => {
    const place = { basePath: '/v1/projects/p/locations/l', extraHeaders: {} };
    expect(vertex.path('chat', 'gemini-2.5-pro', true, place)).toBe(
      '/publishers/google/models/gemini-2.5-pro:streamGenerateContent?alt=sse',
    );
    expect(vertex.path('chat', 'mistralai/m', false, place)).toBe('/publishers/mistralai/models/m:generateContent');
  });

  it('signs a token with the key of a service account', () => {
    const [scheme, token = ''] = authorizeVertex(account).authorization?.split(' ') ?? [];
    const [head = '', claims = '', signature = ''] = token.split('.');
    expect(scheme).toBe('Bearer');
    expect(createVerify('RSA-SHA256').update(`${head}.${claims}`).verify(publicKey, signature, 'base64url')).toBe(true);
    expect(JSON.parse(Buffer.from(head, 'base64url').toString())).toMatchObject({ alg: 'RS256', kid: 'k1' });
    expect(JSON.parse(Buffer.from(claims, 'base64url').toString())).toMatchObject({
      iss: 'waggle@p.iam.gserviceaccount.com',
      sub: 'waggle@p.iam.gserviceaccount.com',
      scope: 'https://www.googleapis.com/auth/cloud-platform',
    });
  });

  it('signs anew before Google would refuse it', () => {
    const now = Date.now();
    const first = authorizeVertex(`${account} `, now);
    expect(authorizeVertex(`${account} `, now + 40 * MINUTE)).toEqual(first);
    vi.useFakeTimers({ now: now + 46 * MINUTE });
    expect(authorizeVertex(`${account} `)).not.toEqual(first);
    vi.useRealTimers();
  });

  it('sends access tokens and API keys as they are', () => {
    expect(authorizeVertex('ya29.token')).toEqual({ authorization: 'Bearer ya29.token' });
    expect(authorizeVertex('AIzaKey')).toEqual({ 'x-goog-api-key': 'AIzaKey' });
  });

  it.each(['{', '{}', '{"client_email":"a","private_key":"no key"}'])('sends nothing for the key %s', (text) => {
    expect(authorizeVertex(text)).toEqual({});
  });
});
