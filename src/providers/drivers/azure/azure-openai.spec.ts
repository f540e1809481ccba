import type { Operation } from '../../../snapshot/snapshot.js';
import type { Place } from '../driver.js';
import { azureOpenai } from './azure-openai.js';

const place = (basePath: string, version?: string): Place => ({
  basePath,
  extraHeaders: version === undefined ? {} : { 'api-version': version },
});

describe('azure-openai', () => {
  it.each<[Operation, string, string | undefined, string]>([
    ['chat', '', undefined, '/openai/deployments/my%20gpt/chat/completions?api-version=2024-10-21'],
    ['chat', '/openai', '2025-01-01-preview', '/deployments/my%20gpt/chat/completions?api-version=2025-01-01-preview'],
    ['embeddings', '', '2023-05-15', '/openai/deployments/my%20gpt/embeddings?api-version=2023-05-15'],
    ['transcription', '', undefined, '/openai/deployments/my%20gpt/audio/transcriptions?api-version=2024-10-21'],
    ['responses', '', '2025-03-01-preview', '/openai/responses?api-version=2025-03-01-preview'],
    ['chat', '/openai/v1', undefined, '/chat/completions'],
    ['responses', '/openai/v1', '2025-03-01-preview', '/responses'],
  ])('finds %s below "%s", version %s, at %s', (operation, basePath, version, expected) => {
    expect(azureOpenai.path(operation, 'my gpt', false, place(basePath, version))).toBe(expected);
  });

  it('lists models in either form', () => {
    expect(azureOpenai.modelsPath(place(''))).toBe('/openai/models?api-version=2024-10-21');
    expect(azureOpenai.modelsPath(place('/openai/v1'))).toBe('/models');
  });

  it('asks for deployments where a path is theirs', () => {
    const path = '/openai/deployments?api-version=2023-03-15-preview';
    expect(azureOpenai.furtherModels?.(place('', '2025-01-01-preview'))).toEqual([{ path, replacesFirst: true }]);
    expect(azureOpenai.furtherModels?.(place('/openai/v1'))).toEqual([]);
  });

  it('exchanges what is an application, and nothing else', () => {
    expect(azureOpenai.exchange?.('{"tenantId":"t"}')).toBeTypeOf('function');
    expect(azureOpenai.exchange?.('0123456789abcdef')).toBeUndefined();
    expect(azureOpenai.exchange?.('eyJ0eXAi.eyJhdWQi.sig')).toBeUndefined();
  });

  it('sends keys and access tokens in headers of their own', () => {
    expect(azureOpenai.authorize('0123456789abcdef')).toEqual({ 'api-key': '0123456789abcdef' });
    expect(azureOpenai.authorize('eyJ0eXAi.eyJhdWQi.sig')).toEqual({ authorization: 'Bearer eyJ0eXAi.eyJhdWQi.sig' });
  });

  it.each([
    [400, { code: 'content_filter', message: 'The response was filtered' }, 'content_filter'],
    [400, { code: 'OperationNotSupported', message: 'The chatCompletion operation does not work' }, 'caller'],
    [401, { code: '401', message: 'Access denied due to invalid subscription key' }, 'auth'],
    [404, { code: 'DeploymentNotFound', message: 'The API deployment does not exist' }, 'caller'],
    [429, { code: '429', message: 'Requests have exceeded call rate limit' }, 'rate_limited'],
  ])('takes %i %j for %s', (status, error, expected) => {
    expect(azureOpenai.classify(status, Buffer.from(JSON.stringify({ error })))).toBe(expected);
  });
});
