import type { UpstreamModel } from '../driver.js';
import { readOpenAiModels } from '../openai/openai-models.js';

/** Reads `{"models": [{"name", "context_length"}]}`; `undefined` when it isn't that. */
export function readCohereModels(answer: unknown): readonly UpstreamModel[] | undefined {
  if (typeof answer !== 'object' || answer === null || !('models' in answer)) return undefined;
  const { models } = answer;
  if (!Array.isArray(models)) return undefined;
  const items = models.filter((model: unknown) => typeof model === 'object' && model !== null);
  return readOpenAiModels(
    items.map((model: object) => ({ ...model, id: 'name' in model && model.name, owned_by: 'cohere' })),
  );
}
