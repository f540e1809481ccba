import type { UpstreamModel } from '../driver.js';
import { readOpenAiModels } from '../openai/openai-models.js';

const PREFIX = 'models/';

/** Reads `{"models": [{"name": "models/…", "inputTokenLimit"}]}`; `undefined` when it isn't that. */
export function readGeminiModels(answer: unknown): readonly UpstreamModel[] | undefined {
  if (typeof answer !== 'object' || answer === null || !('models' in answer)) return undefined;
  const { models } = answer;
  if (!Array.isArray(models)) return undefined;
  return readOpenAiModels(models.map(toItem));
}

function toItem(model: unknown): object {
  if (typeof model !== 'object' || model === null) return {};
  const { name, inputTokenLimit } = model as { name?: unknown; inputTokenLimit?: unknown };
  const id = typeof name === 'string' && name.startsWith(PREFIX) ? name.slice(PREFIX.length) : name;
  return { id, owned_by: 'google', context_length: inputTokenLimit };
}
