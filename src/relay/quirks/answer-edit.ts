import type { JsonObject } from '../../snapshot/snapshot.js';
import { parseObject } from '../translate/json.js';

/** Changes what an upstream says, before anybody else reads it. One for each answer: it may remember what came before. */
export interface AnswerEdit {
  /** A whole answer. */
  whole(json: JsonObject): void;
  /** One event of a stream. */
  event(json: JsonObject): void;
}

/** A whole answer after these edits; as it came when it is no JSON object. */
export function editWhole(raw: Buffer, edits: readonly AnswerEdit[]): Buffer {
  const json = parseObject(raw.toString());
  if (!json) return raw;
  for (const edit of edits) edit.whole(json);
  return Buffer.from(JSON.stringify(json));
}
