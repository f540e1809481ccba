import type { Dialect } from '../../providers/drivers/driver.js';
import { parseObject } from '../translate/json.js';
import type { Notes } from '../translate/notes.js';
import { PLAIN, plainName, ToolNames } from './plain-names.js';
import type { Quirks } from './quirks.js';
import { talkOf } from './talk-of.js';

/** A body as a model with quirks takes it. */
export interface EditedRequest {
  readonly body: Buffer;
  /** The tools that go by another name; `undefined` when all have their own. */
  readonly names: ToolNames | undefined;
}

/** Changes what a model's quirks want of a conversation in its own dialect; `undefined` where nothing is wanted. */
export function editRequest(raw: Buffer, dialect: Dialect, quirks: Quirks, notes: Notes): EditedRequest | undefined {
  const talk = talkOf(dialect);
  if (!talk || !(quirks.plainNames || quirks.plainIds || quirks.pairsTools)) return undefined;
  const json = parseObject(raw.toString());
  if (!json) return undefined;
  const names = new ToolNames(PLAIN);
  if (quirks.plainNames) talk.renameTools(json, (name) => names.toUpstream(name));
  if (quirks.plainIds) talk.renameCalls(json, (id) => plainName(id, PLAIN));
  if (quirks.pairsTools) talk.pair(json, notes);
  return { body: Buffer.from(JSON.stringify(json)), names: names.isEmpty ? undefined : names };
}
