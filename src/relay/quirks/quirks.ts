import type { ModelEntry } from '../../snapshot/snapshot.js';

/** What has to be made up for with a model, each by a word among its capabilities (docs/dialects.md). */
export interface Quirks {
  /** `strip_reasoning`: no client sees what it thought. */
  readonly stripsReasoning: boolean;
  /** `gemma_tools`: it writes tool calls and thoughts into its text, as Gemma does. */
  readonly readsGemma: boolean;
  /** `plain_tool_names`: it refuses names of tools with other signs than letters, digits, `_` and `-`, or longer than 64. */
  readonly plainNames: boolean;
  /** What the model calls tools that clients know by other names; `null`: the same. */
  readonly toolNames: ReadonlyMap<string, string> | null;
  /** `plain_tool_ids`: the same of the ids of tool calls. */
  readonly plainIds: boolean;
  /** `paired_tools`: it refuses calls without a result and results without a call. */
  readonly pairsTools: boolean;
}

const known = new WeakMap<ModelEntry, Quirks | null>();

/** The quirks of a model; `null` for one that has none, as most. Looked up once for each compiled entry. */
export function quirksOf(model: ModelEntry): Quirks | null {
  const found = known.get(model);
  if (found !== undefined) return found;
  const quirks = readQuirks(model);
  const has = Object.values(quirks).some(Boolean) ? quirks : null;
  known.set(model, has);
  return has;
}

function readQuirks({ capabilities: words, toolNames }: ModelEntry): Quirks {
  return {
    stripsReasoning: words.has('strip_reasoning'),
    readsGemma: words.has('gemma_tools'),
    plainNames: words.has('plain_tool_names'),
    toolNames: toolNames?.size ? toolNames : null,
    plainIds: words.has('plain_tool_ids'),
    pairsTools: words.has('paired_tools'),
  };
}
