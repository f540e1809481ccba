import type { LedgerUsage } from '../../../journal/ledger-record.js';
import type { JsonObject, JsonValue } from '../../../snapshot/snapshot.js';
import { readUsageOf } from '../../usage/usage-reader.js';
import { BILLED_BY_PROMPT } from '../../usage/usage-table.js';
import { isObject, objectOf, objectsOf } from '../json.js';

/**
 * Reads what a whole answer, or a stream chunk by chunk, says that it used. Searches stand beside the content, not in the
 * usage, and may come in one chunk and be repeated in another.
 */
export class GeminiUsage {
  private queries: JsonValue[] | undefined;
  private said: JsonValue | undefined;

  /** What has been used so far, if this part says something of it. */
  take(part: JsonObject): LedgerUsage | undefined {
    const { usageMetadata, candidates } = part;
    const searched = objectsOf(candidates).flatMap(queriesOf);
    if (searched.length > 0) this.queries = billed([...(this.queries ?? []), ...searched], part);
    else if (usageMetadata === undefined) return undefined;
    this.said = usageMetadata ?? this.said;
    if (!this.queries || !isObject(this.said)) return readUsageOf.gemini(this.said);
    return readUsageOf.gemini({ ...this.said, webSearchQueries: this.queries });
  }
}

function queriesOf({ groundingMetadata }: JsonObject): readonly JsonValue[] {
  const { webSearchQueries: queries } = objectOf(groundingMetadata);
  return Array.isArray(queries) ? queries : [];
}

function billed(queries: JsonValue[], { modelVersion }: JsonObject): JsonValue[] {
  return BILLED_BY_PROMPT.test(String(modelVersion)) ? queries.filter((query) => query !== '').slice(0, 1) : queries;
}
