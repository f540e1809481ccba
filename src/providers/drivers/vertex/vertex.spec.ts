import { createVerify, generateKeyPairSync } from 'node:crypto';
import type { buildConnector } from 'undici';
import { vertex } from './vertex.js';

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
const HOUR = 3_600_000;
const place = { basePath: '/v1/projects/p/locations/l', extraHeaders: {} };

const nowhere: buildConnector.connector = () => {
  throw new Error('nobody is to be asked');
};

describe('vertex', () => {
  it('finds models of Google and of others', () => {
    expect(vertex.path('chat', 'gemini-2.5-pro', true, place)).toBe(
      '/publishers/google/models/gemini-2.5-pro:streamGenerateContent?alt=sse',
    );
    expect(vertex.path('chat', 'mistralai/m', false, place)).toBe('/publishers/mistralai/models/m:generateContent');
  });

  it('signs a token with the key of a service account, without asking anybody', async () => {
    const { value, expiresAt } = await vertex.exchange!(account)!(nowhere);
    const [head = '', claims = '', signature = ''] = value.split('.');
    expect(createVerify('RSA-SHA256').update(`${head}.${claims}`).verify(publicKey, signature, 'base64url')).toBe(true);
    expect(JSON.parse(Buffer.from(head, 'base64url').toString())).toMatchObject({ alg: 'RS256', kid: 'k1' });
    const said = JSON.parse(Buffer.from(claims, 'base64url').toString()) as { exp: number };
    expect(said).toMatchObject({
      iss: 'waggle@p.iam.gserviceaccount.com',
      sub: 'waggle@p.iam.gserviceaccount.com',
      scope: 'https://www.googleapis.com/auth/cloud-platform',
    });
    expect(said.exp * 1000 - expiresAt).toBeGreaterThanOrEqual(-1000); // never good for longer than the token says
    expect(expiresAt - Date.now()).toBeGreaterThan(0.9 * HOUR);
    expect(vertex.authorize(value)).toEqual({ authorization: `Bearer ${value}` });
  });

  it('sends access tokens and API keys as they are', () => {
    expect(vertex.exchange?.('ya29.token')).toBeUndefined();
    expect(vertex.authorize('ya29.token')).toEqual({ authorization: 'Bearer ya29.token' });
    expect(vertex.authorize('AIzaKey')).toEqual({ 'x-goog-api-key': 'AIzaKey' });
  });

  it.each([
    ['{', 'JSON file of a service account key'],
    ['{}', 'JSON file of a service account key'],
    ['{"client_email":"a","private_key":"hush"}', 'can not be read'],
  ])('says what is wrong with the key %s, and does not repeat it', async (text, words) => {
    const error: unknown = await vertex.exchange!(text)!(nowhere).catch((cause: unknown) => cause);
    expect(String(error)).toContain(words);
    expect(String(error)).not.toContain('hush');
  });

  it('lists what Google publishes, wherever the project is', () => {
    const origin = 'https://europe-west4-aiplatform.googleapis.com';
    expect(vertex.modelsAt?.({ origin, basePath: place.basePath })).toEqual({ origin, basePath: '/v1beta1' });
    const answer = {
      publisherModels: [
        { name: 'publishers/google/models/gemini-2.5-pro', versionId: 'default', launchStage: 'GA' },
        { name: 'publishers/mistralai/models/mistral-large-2411', versionId: '001' },
        { name: 'nonsense' },
      ],
    };
    expect(vertex.readModels(answer)).toMatchObject([
      { upstreamId: 'gemini-2.5-pro', ownedBy: 'google' },
      { upstreamId: 'mistralai/mistral-large-2411', ownedBy: 'mistralai' },
    ]);
    expect(vertex.readModels({ models: [] })).toBeUndefined();
  });
});
