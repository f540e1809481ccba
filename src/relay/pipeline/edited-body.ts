import { editRequest } from '../quirks/request-edit.js';
import { quirksOf } from '../quirks/quirks.js';
import { Notes } from '../translate/notes.js';
import type { ModelEntry } from '../../snapshot/snapshot.js';
import type { Call } from './call.js';

/**
 * A body in the client's own dialect as a model with quirks takes it; most have none. Names that had to change are kept
 * in `call.toolNames`, what had to be made up or left out is told by `call.notes`.
 */
export function editedBody(call: Call, model: ModelEntry, pieces: readonly Buffer[]): readonly Buffer[] {
  const quirks = quirksOf(model);
  if (!quirks) return pieces;
  const notes = new Notes();
  const edited = editRequest(Buffer.concat(pieces), call.endpoint.dialect, quirks, notes);
  if (!edited) return pieces;
  call.notes = notes;
  call.toolNames = edited.names;
  return [edited.body];
}
