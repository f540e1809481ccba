import type { JsonObject } from '../snapshot/snapshot.js';
import { applyModel, blankModel, toModelEntry } from './model-shape.js';

const PROVIDER = { id: 'p', tenantId: 't', projectId: null };

describe(toModelEntry.name, () => {
  const defaultsOf = (
    capabilities: string[],
    defaults: JsonObject | null,
    operation: 'chat' | 'embeddings' = 'chat',
  ) => {
    const model = blankModel(PROVIDER);
    applyModel(model, { name: 'q', upstreamId: 'qwen3-8b', operation, capabilities, defaults });
    return toModelEntry(model, []).defaults;
  };

  it.each<[JsonObject | null, object]>([
    [null, { chat_template_kwargs: { enable_thinking: false } }],
    [{ top_k: 20 }, { top_k: 20, chat_template_kwargs: { enable_thinking: false } }],
    [{ chat_template_kwargs: { a: 1 } }, { chat_template_kwargs: { a: 1, enable_thinking: false } }],
    [{ chat_template_kwargs: { enable_thinking: true } }, { chat_template_kwargs: { enable_thinking: true } }],
  ])('tells the chat template of a model with no_thinking, with the defaults %j', (defaults, expected) => {
    expect(defaultsOf(['no_thinking'], defaults)).toEqual(expected);
  });

  it('tells nobody else', () => {
    expect(defaultsOf([], { top_k: 20 })).toEqual({ top_k: 20 });
    expect(defaultsOf(['no_thinking'], null, 'embeddings')).toBeNull();
  });
});
