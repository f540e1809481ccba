import type { UpstreamModel } from '../driver.js';
import { readOpenAiModels } from '../openai/openai-models.js';

/**
 * Reads `/api/tags`: `{"models": [{"name", "details": {"family"}}]}`; `/v1/models` is read, too. `undefined` when it is
 * neither.
 */
export function readOllamaModels(answer: unknown): readonly UpstreamModel[] | undefined {
  const models = modelsIn(answer);
  if (!models) return readOpenAiModels(answer);
  return readOpenAiModels(models.map(({ name, model }) => ({ id: model ?? name })));
}

/** Reads `/api/ps`, which lists what is in memory; `undefined` when it isn't that. */
export function readLoadedModels(answer: unknown): ReadonlySet<string> | undefined {
  const names = modelsIn(answer)?.map(({ name, model }) => model ?? name);
  return names && new Set(names.filter((name): name is string => typeof name === 'string'));
}

function modelsIn(answer: unknown): readonly Record<string, unknown>[] | undefined {
  if (typeof answer !== 'object' || answer === null || !('models' in answer)) return undefined;
  const { models } = answer;
  if (!Array.isArray(models)) return undefined;
  return models.filter((model): model is Record<string, unknown> => typeof model === 'object' && model !== null);
}
