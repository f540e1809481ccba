import { cohere } from './cohere.js';

const place = { basePath: '', extraHeaders: {} };

describe('cohere', () => {
  it.each([
    ['rerank', '/v2/rerank'],
    ['embeddings', '/compatibility/v1/embeddings'],
    ['chat', '/compatibility/v1/chat/completions'],
  ] as const)('finds %s at %s', (operation, path) => {
    expect(cohere.path(operation, 'command-a', false, place)).toBe(path);
  });

  it('reads its list of models', () => {
    const answer = {
      models: [
        { name: 'rerank-v3.5', endpoints: ['rerank'], context_length: 4096, finetuned: false },
        { name: 'command-a-03-2025', endpoints: ['chat'], context_length: 288_000 },
      ],
      next_page_token: '',
    };
    expect(cohere.readModels(answer)).toEqual([
      { upstreamId: 'rerank-v3.5', ownedBy: 'cohere', contextWindow: 4096 },
      { upstreamId: 'command-a-03-2025', ownedBy: 'cohere', contextWindow: 288_000 },
    ]);
    expect(cohere.readModels({ data: [] })).toBeUndefined();
  });

  it.each([
    [401, 'invalid api token', 'auth'],
    [429, 'You are using a Trial key', 'rate_limited'],
    [400, 'invalid request: list of documents must not be empty', 'caller'],
    [503, 'service unavailable', 'overloaded'],
  ])('takes %i "%s" for %s', (status, message, expected) => {
    expect(cohere.classify(status, Buffer.from(JSON.stringify({ message })))).toBe(expected);
  });
});
