import { gemini } from './gemini.js';

const place = { basePath: '/v1beta', extraHeaders: {} };

describe('gemini', () => {
  it('has model and streaming in its path', () => {
    expect(gemini.path('chat', 'gemini-2.5-pro', false, place)).toBe('/models/gemini-2.5-pro:generateContent');
    expect(gemini.path('chat', 'gemini-2.5-pro', true, place)).toBe(
      '/models/gemini-2.5-pro:streamGenerateContent?alt=sse',
    );
    expect(gemini.path('chat', '../x', false, place)).toBe('/models/..%2Fx:generateContent');
  });

  it('reads its list of models', () => {
    const models = [
      { name: 'models/gemini-2.5-pro', displayName: 'Gemini 2.5 Pro', inputTokenLimit: 1_048_576 },
      { name: 'models/embedding-001' },
      null,
    ];
    expect(gemini.readModels({ models })).toEqual([
      { upstreamId: 'gemini-2.5-pro', ownedBy: 'google', contextWindow: 1_048_576 },
      { upstreamId: 'embedding-001', ownedBy: 'google', contextWindow: null },
    ]);
    expect(gemini.readModels({ data: [] })).toBeUndefined();
  });

  it.each([
    [400, 'API key not valid. Please pass a valid API key.', 'auth'],
    [400, 'Invalid JSON payload received. Unknown name "x"', 'caller'],
    [
      400,
      'The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).',
      'context_overflow',
    ],
    [403, "Method doesn't allow unregistered callers", 'auth'],
    [404, 'models/gemini-0 is not found for API version v1beta', 'caller'],
    [429, 'Resource has been exhausted (e.g. check quota).', 'rate_limited'],
    [500, 'An internal error has occurred.', 'server_error'],
    [503, 'The model is overloaded. Please try again later.', 'overloaded'],
  ])('takes %i "%s" for %s', (status, message, expected) => {
    expect(gemini.classify(status, Buffer.from(JSON.stringify({ error: { code: status, message } })))).toBe(expected);
  });
});
