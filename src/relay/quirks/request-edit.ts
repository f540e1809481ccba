import type { Dialect } from '../../providers/drivers/driver.js';
import type { JsonObject } from '../../snapshot/snapshot.js';
import { parseObject } from '../translate/json.js';
import type { Notes } from '../translate/notes.js';
import { PLAIN, plainName, ToolNames } from './plain-names.js';
import type { Quirks } from './quirks.js';
import { talkOf } from './talk-of.js';
import type { ToolTalk } from './tool-talk.js';

/** A body as a model with quirks takes it. */
export interface EditedRequest {
  readonly body: Buffer;
  /** The tools that go by another name; `undefined` when all have their own. */
  readonly names: ToolNames | undefined;
}

/** Changes what a model's quirks want of a conversation in its own dialect; `undefined` where nothing is wanted. */
export function editRequest(raw: Buffer, dialect: Dialect, quirks: Quirks, notes: Notes): EditedRequest | undefined {
  const talk = talkOf(dialect);
  const json = talk && isWanted(quirks) ? parseObject(raw.toString()) : undefined;
  if (!talk || !json) return undefined;
  const names = renames(quirks) ? renamed(json, talk, quirks) : undefined;
  if (quirks.plainIds) talk.renameCalls(json, (id) => plainName(id, PLAIN));
  if (quirks.pairsTools) talk.pair(json, notes);
  return { body: Buffer.from(JSON.stringify(json)), names };
}

function renamed(json: JsonObject, talk: ToolTalk, { plainNames, toolNames }: Quirks): ToolNames | undefined {
  const names = new ToolNames(plainNames ? PLAIN : null, toolNames);
  talk.renameTools(json, (name) => names.toUpstream(name));
  return names.isEmpty ? undefined : names;
}

function renames({ plainNames, toolNames }: Quirks): boolean {
  return plainNames || toolNames !== null;
}

function isWanted(quirks: Quirks): boolean {
  return renames(quirks) || quirks.plainIds || quirks.pairsTools;
}
