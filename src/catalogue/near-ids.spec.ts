import { inferOperation, operationFits } from './infer-operation.js';
import { baseId, nearIds } from './near-ids.js';

describe(baseId.name, () => {
  it.each([
    ['gpt-4o-2024-08-06', 'gpt-4o'],
    ['gpt-4-0613', 'gpt-4'],
    ['claude-3-5-sonnet-20241022', 'claude-3-5-sonnet'],
    ['mistral-large-latest', 'mistral-large'],
    ['openai/GPT-4o', 'gpt-4o'],
    ['text-embedding-005', 'text-embedding'],
    ['o3', 'o3'],
  ])('of %s is %s', (id, base) => {
    expect(baseId(id)).toBe(base);
  });
});

describe(nearIds.name, () => {
  const known = [
    'gpt-4o',
    'gpt-4o-mini',
    'gpt-4o-audio',
    'gpt-4.1',
    'gpt-4.1-mini',
    'gpt-3.5-turbo',
    'o3',
    'whisper-1',
  ];

  it('puts another case first, then another version, then similar spelling', () => {
    expect(nearIds('GPT-4o', known)[0]).toBe('gpt-4o');
    expect(nearIds('gpt-4o-mini-2031-01-01', known)[0]).toBe('gpt-4o-mini');
    expect(nearIds('gpt4o-mini', known)[0]).toBe('gpt-4o-mini');
  });

  it('has five at most, and none when nothing is near', () => {
    expect(nearIds('gpt-4', known)).toHaveLength(5);
    expect(nearIds('llama', known)).toEqual([]);
  });
});

describe(inferOperation.name, () => {
  it.each([
    ['gpt-4o', {}, 'chat'],
    ['text-embedding-3-small', {}, 'embeddings'],
    ['BAAI/bge-m3', {}, 'embeddings'],
    ['rerank-v3.5', {}, 'rerank'],
    ['whisper-1', {}, 'transcription'],
    ['gpt-4o-mini-transcribe', {}, 'transcription'],
    ['tts-1-hd', {}, 'speech'],
    ['dall-e-3', {}, 'image'],
    ['omni-moderation-latest', {}, 'moderation'],
    ['gpt-3.5-turbo-instruct', {}, 'completion'],
    ['mystery', { inputs: ['audio'], outputs: ['text'] }, 'transcription'],
    ['mystery', { inputs: ['text'], outputs: ['audio'] }, 'speech'],
    ['mystery', { inputs: ['text'], outputs: ['image'] }, 'image'],
    ['mystery', { inputs: ['text', 'audio'], outputs: ['text', 'audio'] }, 'chat'],
  ] as const)('takes %s with %j for %s', (id, hints, operation) => {
    expect(inferOperation(id, hints)).toBe(operation);
  });

  it('lets chat models be called for responses, but not for embeddings', () => {
    expect(operationFits('chat', 'responses')).toBe(true);
    expect(operationFits('chat', 'embeddings')).toBe(false);
  });
});
