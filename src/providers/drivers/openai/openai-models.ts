import type { UpstreamModel } from '../driver.js';

const MAX_MODELS = 5000;
const MAX_ID = 300;

/** Where servers of this dialect say how much fits; there is no such field in the dialect itself. */
const CONTEXT_FIELDS = ['context_length', 'context_window', 'max_model_len', 'max_context_length', 'max_input_tokens'];

/** Reads `{"data": [{"id"}]}` or the bare list that some servers answer; `undefined` when it is neither. */
export function readOpenAiModels(answer: unknown): readonly UpstreamModel[] | undefined {
  const list = Array.isArray(answer) ? answer : isObject(answer) ? answer.data : undefined;
  if (!Array.isArray(list)) return undefined;
  return list.slice(0, MAX_MODELS).flatMap(readModel);
}

function readModel(item: unknown): UpstreamModel[] {
  if (!isObject(item) || typeof item.id !== 'string') return [];
  const { id, owned_by: ownedBy } = item;
  if (id === '' || id.length > MAX_ID || /\s/.test(id)) return [];
  const context = CONTEXT_FIELDS.map((field) => item[field]).find(
    (value) => Number.isSafeInteger(value) && Number(value) > 0,
  );
  return [
    {
      upstreamId: id,
      ownedBy: typeof ownedBy === 'string' ? ownedBy.slice(0, MAX_ID) : null,
      contextWindow: typeof context === 'number' ? context : null,
    },
  ];
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
