import type { JsonObject } from '../../snapshot/snapshot.js';
import type { Notes } from '../translate/notes.js';

/** What becomes of a name or an id. */
export type Renaming = (name: string) => string;

/** Where a dialect has what it says about tools; everything is changed in place. */
export interface ToolTalk {
  renameTools(request: JsonObject, rename: Renaming): void;
  renameCalls(request: JsonObject, rename: Renaming): void;
  /** Gives each call a result, in the very next turn, and takes away results that answer none. */
  pair(request: JsonObject, notes: Notes): void;
  /** Names of tools in a whole answer. */
  renameInAnswer(answer: JsonObject, rename: Renaming): void;
  /** Names of tools in one event of a stream. */
  renameInEvent(event: JsonObject, rename: Renaming): void;
}

/** Changes a member that is a text. */
export function renameMember(of: JsonObject, member: string, rename: Renaming): void {
  const value = of[member];
  if (typeof value === 'string') of[member] = rename(value);
}
