import { createHash, createHmac } from 'node:crypto';
import { authorizeBedrock, signBedrock } from './bedrock-credential.js';
import { bedrock } from './bedrock.js';

const KEYS = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' };
const call = {
  origin: 'https://bedrock-runtime.eu-central-1.amazonaws.com',
  path: '/model/anthropic.claude-3%3A0/converse',
  method: 'POST',
  headers: { 'content-type': 'application/json', 'user-agent': 'waggle' },
  body: Buffer.from('{"messages":[]}'),
} as const;

const sha256 = (data: string | Uint8Array) => createHash('sha256').update(data).digest('hex');
const hmac = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text).digest();

/** The signature as AWS computes it (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html). */
function expectedSignature(headers: Readonly<Record<string, string>>, region: string, signedNames: string[]): string {
  const all: Record<string, string> = { ...call.headers, host: new URL(call.origin).host, ...headers };
  const canonicalHeaders = signedNames.map((name) => `${name}:${all[name]}\n`).join('');
  const path = call.path.replaceAll('%', '%25');
  const request = ['POST', path, '', canonicalHeaders, signedNames.join(';'), sha256(call.body)].join('\n');
  const time = headers['x-amz-date'] ?? '';
  const scope = `${time.slice(0, 8)}/${region}/bedrock/aws4_request`;
  const key = hmac(
    hmac(hmac(hmac(`AWS4${KEYS.secretAccessKey}`, time.slice(0, 8)), region), 'bedrock'),
    'aws4_request',
  );
  return hmac(key, ['AWS4-HMAC-SHA256', time, scope, sha256(request)].join('\n')).toString('hex');
}

describe('bedrock', () => {
  it('has model and streaming in its path', () => {
    const place = { basePath: '', extraHeaders: {} };
    expect(bedrock.path('chat', 'anthropic.claude-3:0', false, place)).toBe(call.path);
    expect(bedrock.path('chat', 'arn:aws:x/y', true, place)).toBe('/model/arn%3Aaws%3Ax%2Fy/converse-stream');
  });

  it('sends its own API keys as they are', async () => {
    expect(authorizeBedrock('ABSKkey')).toEqual({ authorization: 'Bearer ABSKkey' });
    expect(await signBedrock(call, 'ABSKkey')).toEqual({});
  });

  it.each([
    ['of the host', {}, 'eu-central-1'],
    ['that is given', { region: 'us-west-2' }, 'us-west-2'],
  ])('signs with AWS keys for the region %s', async (_, more, region) => {
    const credential = JSON.stringify({ ...KEYS, ...more });
    expect(authorizeBedrock(credential)).toEqual({});
    const headers = await signBedrock(call, credential);
    const [, scope, names = '', signature] =
      /^AWS4-HMAC-SHA256 Credential=(\S+), SignedHeaders=(\S+), Signature=(\w+)$/.exec(headers.authorization ?? '') ??
      [];
    expect(scope).toBe(`AKIDEXAMPLE/${headers['x-amz-date']?.slice(0, 8)}/${region}/bedrock/aws4_request`);
    expect(names.split(';')).toEqual(expect.arrayContaining(['content-type', 'host', 'x-amz-date']));
    expect(signature).toBe(expectedSignature(headers, region, names.split(';')));
  });

  it.each([
    ['https://bedrock-runtime.us-gov-west-1.amazonaws.com', {}, 'us-gov-west-1'],
    ['https://vpce-0a1.bedrock-runtime.ap-south-1.vpce.amazonaws.com', {}, 'ap-south-1'],
    ['https://models.example.com', { defaultRegion: 'eu-north-1' }, 'eu-north-1'],
    ['https://bedrock-runtime.eu-west-3.amazonaws.com', { defaultRegion: 'eu-north-1' }, 'eu-west-3'],
    ['https://models.example.com', {}, 'us-east-1'],
  ])('signs for %s with %j in %s', async (origin, more, region) => {
    const headers = await signBedrock({ ...call, origin }, JSON.stringify({ ...KEYS, ...more }));
    expect(headers.authorization).toContain(`/${region}/bedrock/aws4_request`);
  });

  it('signs the query, too', async () => {
    const list = { ...call, method: 'GET', body: Buffer.alloc(0) } as const;
    const signatures = ['/inference-profiles', '/inference-profiles?maxResults=1000'].map(
      async (path) => (await signBedrock({ ...list, path }, JSON.stringify(KEYS))).authorization,
    );
    const [without, withQuery] = await Promise.all(signatures);
    expect(without).not.toBe(withQuery);
  });

  it.each([
    ['https://bedrock-runtime.us-east-1.amazonaws.com', 'https://bedrock.us-east-1.amazonaws.com'],
    ['https://bedrock-runtime-fips.us-east-1.amazonaws.com', 'https://bedrock-fips.us-east-1.amazonaws.com'],
    ['https://bedrock-runtime.us-east-1.amazonaws.com.evil.example', null],
    ['http://127.0.0.1:4010', null],
  ])('asks for models of %s at %s', (origin, expected) => {
    expect(bedrock.modelsAt?.({ origin, basePath: '' })).toEqual({ origin: expected ?? origin, basePath: '' });
  });

  it('reads foundation models and inference profiles', () => {
    const summary = { modelId: 'amazon.nova-lite-v1:0', providerName: 'Amazon', outputModalities: ['TEXT'] };
    expect(bedrock.readModels({ modelSummaries: [summary, { modelName: 'no id' }] })).toEqual([
      { upstreamId: 'amazon.nova-lite-v1:0', ownedBy: 'amazon', contextWindow: null },
    ]);
    const profile = (id: string, more: object) => ({
      inferenceProfileId: id,
      inferenceProfileArn: `arn:aws:bedrock:us-east-1:1:profile/${id}`,
      models: [{ modelArn: 'arn:aws:bedrock:us-west-2::foundation-model/anthropic.claude-haiku' }],
      status: 'ACTIVE',
      type: 'SYSTEM_DEFINED',
      ...more,
    });
    const inferenceProfileSummaries = [
      profile('us.anthropic.claude-haiku', {}),
      profile('abc123', { type: 'APPLICATION' }),
      profile('gone', { status: 'INACTIVE' }),
    ];
    expect(bedrock.readModels({ inferenceProfileSummaries })).toMatchObject([
      { upstreamId: 'us.anthropic.claude-haiku', ownedBy: 'anthropic' },
      { upstreamId: 'arn:aws:bedrock:us-east-1:1:profile/abc123', ownedBy: 'anthropic' },
    ]);
    expect(bedrock.readModels({ data: [] })).toBeUndefined();
  });

  it('takes keys of a role as the AWS command prints them', async () => {
    const printed = { Version: 1, AccessKeyId: 'ASIA', SecretAccessKey: 's', SessionToken: 'token', Expiration: 'x' };
    const headers = await signBedrock(call, JSON.stringify(printed));
    expect(headers['x-amz-security-token']).toBe('token');
    expect(headers.authorization).toContain('Credential=ASIA/');
  });

  it.each([
    [400, 'Malformed input request: extraneous key [x] is not permitted', 'caller'],
    [400, 'Input is too long for requested model.', 'context_overflow'],
    [403, 'The security token included in the request is invalid.', 'auth'],
    [404, 'Could not resolve the foundation model from the provided model identifier.', 'caller'],
    [424, 'The model returned an error.', 'server_error'],
    [429, 'Too many tokens, please wait before trying again.', 'rate_limited'],
    [503, 'Service unavailable.', 'overloaded'],
  ])('takes %i "%s" for %s', (status, message, expected) => {
    expect(bedrock.classify(status, Buffer.from(JSON.stringify({ message })))).toBe(expected);
  });
});
