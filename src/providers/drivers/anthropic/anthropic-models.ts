import type { UpstreamModel } from '../driver.js';
import { readOpenAiModels } from '../openai/openai-models.js';

/** Reads `{"data": [{"type": "model", "id", "max_input_tokens"?}]}`; `undefined` when it isn't that. */
export function readAnthropicModels(answer: unknown): readonly UpstreamModel[] | undefined {
  return readOpenAiModels(answer)?.map((model) => ({ ...model, ownedBy: 'anthropic' }));
}
