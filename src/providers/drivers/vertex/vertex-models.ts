import type { UpstreamModel } from '../driver.js';
import { readOpenAiModels } from '../openai/openai-models.js';

const NAME = /^publishers\/([^/]+)\/models\/(.+)$/;

/** Reads `{"publisherModels": [{"name": "publishers/google/models/…"}]}`; `undefined` when it isn't that. */
export function readPublisherModels(answer: unknown): readonly UpstreamModel[] | undefined {
  const list = (answer as Record<string, unknown> | null | undefined)?.['publisherModels'];
  if (!Array.isArray(list)) return undefined;
  return readOpenAiModels(list.map((model: { name?: unknown } | null) => entryOf(String(model?.name))));
}

function entryOf(name: string): object {
  const [, publisher, model] = NAME.exec(name) ?? [];
  if (publisher === undefined || model === undefined) return {};
  return { id: publisher === 'google' ? model : `${publisher}/${model}`, owned_by: publisher };
}
