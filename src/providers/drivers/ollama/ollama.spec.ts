import { ollama } from './ollama.js';

const root = { basePath: '', extraHeaders: {} };
const belowV1 = { basePath: '/v1', extraHeaders: {} };

/** As Ollama 0.12 answers. */
const TAGS = {
  models: [
    {
      name: 'qwen3:8b',
      model: 'qwen3:8b',
      modified_at: '2026-10-01T10:00:00Z',
      size: 5_225_388_164,
      digest: '500a1f067a9f',
      details: { format: 'gguf', family: 'qwen3', parameter_size: '8.2B', quantization_level: 'Q4_K_M' },
    },
    { name: 'nomic-embed-text:latest', model: 'nomic-embed-text:latest', size: 274_302_450, details: {} },
  ],
};
const PS = {
  models: [{ name: 'qwen3:8b', model: 'qwen3:8b', size_vram: 5_137_025_024, expires_at: '2026-10-01T10:05:00Z' }],
};

describe('ollama', () => {
  it('calls below /v1, whichever address it was given', () => {
    expect(ollama.path('chat', 'qwen3:8b', false, root)).toBe('/v1/chat/completions');
    expect(ollama.path('chat', 'qwen3:8b', false, belowV1)).toBe('/chat/completions');
  });

  it('reads what is pulled, and what is loaded', () => {
    expect(ollama.modelsPath(root)).toBe('/api/tags');
    expect(ollama.readModels(TAGS)?.map(({ upstreamId }) => upstreamId)).toEqual([
      'qwen3:8b',
      'nomic-embed-text:latest',
    ]);
    expect(ollama.loadedPath?.(root)).toBe('/api/ps');
    expect(ollama.readLoaded?.(PS)).toEqual(new Set(['qwen3:8b']));
  });

  it('reads the list in the dialect of OpenAI, which knows nothing of load', () => {
    expect(ollama.modelsPath(belowV1)).toBe('/models');
    expect(ollama.loadedPath?.(belowV1)).toBeUndefined();
    const list = { object: 'list', data: [{ id: 'qwen3:8b', object: 'model', owned_by: 'library' }] };
    expect(ollama.readModels(list)).toEqual([{ upstreamId: 'qwen3:8b', ownedBy: 'library', contextWindow: null }]);
  });

  it.each([undefined, null, 'x', 7, {}, { models: 'none' }])('reads nothing from %j', (answer) => {
    expect(ollama.readModels(answer)).toBeUndefined();
    expect(ollama.readLoaded?.(answer)).toBeUndefined();
  });
});
