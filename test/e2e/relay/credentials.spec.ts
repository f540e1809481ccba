import { createHash, randomUUID } from 'node:crypto';
import { issueCredential } from '../../../src/common/credential.js';
import type { AddressRange } from '../../../src/snapshot/snapshot.js';
import { ANSWER } from '../../support/chat-fixtures.js';
import { startRelayGround, type RelayGround } from '../../support/relay-ground.js';

const PATH = '/v1/chat/completions';
const PAST = Date.now() - 1000;
const ELSEWHERE: AddressRange = [new Uint8Array([10, 0, 0, 0]), 8];
const HERE: AddressRange = [new Uint8Array([127, 0, 0, 0]), 8];

describe('who may call', () => {
  let ground: RelayGround;

  beforeAll(async () => {
    ground = await startRelayGround({ config: { WAGGLE_TRUSTED_PROXIES: '127.0.0.0/8' } });
    return () => ground.close();
  });

  const call = (headers: Record<string, string>, body: object = { model: 'm' }) =>
    ground.send('POST', PATH, body, { headers });

  it.each([
    ['a bearer token', (key: string) => ({ authorization: `Bearer ${key}` })],
    ['a bearer token in another case', (key: string) => ({ authorization: `bearer  ${key}` })],
    ['an x-api-key', (key: string) => ({ 'x-api-key': key })],
  ])('takes %s', async (_, headers) => {
    const answer = call(headers(ground.token()));
    await ground.upstream.reply(200, ANSWER);
    expect((await answer).status).toBe(200);
  });

  it.each([
    ['no key', {}, "You didn't provide an API key."],
    ['an empty bearer', { authorization: 'Bearer ' }, 'Incorrect API key provided'],
    ['something else', { 'x-api-key': 'sk-proj-1234567890abcdef' }, 'Incorrect API key provided: sk-***ef.'],
    ['an unknown token', { 'x-api-key': issueCredential('wgl').text }, 'Incorrect API key provided: wgl_'],
    ['an admin key', { 'x-api-key': issueCredential('wgla').text }, 'Incorrect API key provided: wgla_'],
  ])('refuses %s as OpenAI does, and never shows the secret', async (_, headers: Record<string, string>, message) => {
    const answer = await call(headers);
    const { error } = (await answer.json()) as { error: { message: string } };

    expect(answer.status).toBe(401);
    expect(answer.headers.get('www-authenticate')).toContain('Bearer');
    expect(answer.headers.get('x-request-id')).toMatch(/^req_[0-9a-f]{32}$/);
    expect(error).toMatchObject({ type: 'invalid_request_error', param: null, code: 'invalid_api_key' });
    expect(error.message).toContain(message);
    const secret = headers['x-api-key']?.slice(-20);
    if (secret) expect(error.message).not.toContain(secret);
    expect(await ground.row(answer)).toMatchObject({ status: 401, outcome: 'rejected', token_id: null, attempts: 0 });
  });

  it('refuses a token whose secret is wrong though its checksum is right', async () => {
    const { text, publicId } = issueCredential('wgl');
    ground.token({ publicId, digest: createHash('sha256').update('another').digest('hex') });
    expect((await call({ 'x-api-key': text })).status).toBe(401);
  });

  it('refuses an expired token', async () => {
    const answer = await call({ 'x-api-key': ground.token({ expiresAt: PAST }) });
    expect(answer.status).toBe(401);
    expect(await ground.row(answer)).toMatchObject({ status: 401, error_code: 'invalid_api_key' });
  });

  it.each([
    ['takes the secret before a rotation during the overlap', Date.now() + 60_000, 200],
    ['refuses it afterwards', PAST, 401],
  ])('%s', async (_, previousUntil, status) => {
    const old = issueCredential('wgl');
    const rotated = issueCredential('wgl', old.publicId);
    ground.token({ publicId: old.publicId, digest: rotated.digest, previousDigest: old.digest, previousUntil });
    const answer = call({ 'x-api-key': old.text });
    if (status === 200) await ground.upstream.reply(200, ANSWER);
    expect((await answer).status).toBe(status);
  });

  it.each([
    ['refuses an address that is not on the list', [ELSEWHERE], {}, 403],
    ['takes an address that is on the list', [ELSEWHERE, HERE], {}, 200],
    ['believes a trusted proxy about the address', [ELSEWHERE], { 'x-forwarded-for': '1.2.3.4, 10.9.8.7' }, 200],
    ['does not believe what is left of an untrusted hop', [ELSEWHERE], { 'x-forwarded-for': '10.9.8.7, 1.2.3.4' }, 403],
  ])('%s', async (_, allowedAddresses, headers: Record<string, string>, status) => {
    const answer = call({ 'x-api-key': ground.token({ allowedAddresses }), ...headers });
    if (status === 200) await ground.upstream.reply(200, ANSWER);
    expect((await answer).status).toBe(status);
  });

  it('refuses an operation that is not among the scopes', async () => {
    const answer = await call({ 'x-api-key': ground.token({ scopes: new Set(['embeddings']) }) });
    expect(answer.status).toBe(403);
    expect(await answer.json()).toMatchObject({ error: { code: 'insufficient_scope', param: null } });
  });

  it('tells a profile that is not bound to the token from one that does not exist', async () => {
    const key = ground.token({ profileIds: new Set([randomUUID()]) });
    const other = await call({ 'x-api-key': key });
    const unknown = await call({ 'x-api-key': key }, { model: 'nope' });

    expect(other.status).toBe(403);
    expect(await other.json()).toMatchObject({ error: { code: 'profile_not_allowed', param: 'model' } });
    expect(unknown.status).toBe(404);
    expect(await unknown.json()).toEqual({
      error: {
        message: 'The model `nope` does not exist or you do not have access to it.',
        type: 'invalid_request_error',
        param: null,
        code: 'model_not_found',
      },
    });
  });

  it("does not see another project's profile", async () => {
    ground.route({ name: 'theirs', profile: { projectId: randomUUID() } });
    const answer = await ground.post(PATH, { model: 'theirs' });
    expect(answer.status).toBe(404);
  });

  it("does not pass the caller's credentials, cookies or origin on", async () => {
    const answer = call({
      authorization: `Bearer ${ground.token()}`,
      cookie: 'session=1',
      'x-api-key': 'second-secret',
      'x-forwarded-for': '10.0.0.1',
      'openai-organization': 'org-client',
      'openai-beta': 'assistants=v2',
      traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    });
    const { request } = await ground.upstream.reply(200, ANSWER);
    const { headers } = request;

    expect(Object.keys(headers).toSorted()).toEqual([
      'accept',
      'accept-encoding',
      'authorization',
      'connection',
      'content-length',
      'content-type',
      'host',
      'openai-beta',
      'traceparent',
      'user-agent',
    ]);
    expect(headers['authorization']).toBe('Bearer upstream-key');
    expect(headers['traceparent']).toMatch(/^00-0af7651916cd43dd8448eb211c80319c-(?!b7ad6b7169203331)[0-9a-f]{16}-01$/);
    const trace = await ground.row(await answer);
    expect(trace.trace_id).toBe('0af7651916cd43dd8448eb211c80319c');
  });
});
