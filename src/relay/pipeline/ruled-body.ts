import type { Driver } from '../../providers/drivers/driver.js';
import type { ModelEntry, RequestPolicy } from '../../snapshot/snapshot.js';
import { applyRules } from '../parameters/apply-rules.js';
import { HARMLESS } from '../parameters/harmless.js';
import { rulesFor } from '../parameters/parameter-rules.js';
import { relayErrors } from '../relay.errors.js';
import { Notes } from '../translate/notes.js';
import type { Call } from './call.js';

/** A chat's body in the form that its model takes. What had to be left out is told by `call.notes`. */
export function ruledBody(
  call: Call,
  { name }: Driver,
  model: ModelEntry,
  pieces: readonly Buffer[],
): readonly Buffer[] {
  const rules = call.endpoint.dialect === 'openai-chat' ? rulesFor(name, model) : null;
  if (!rules) return pieces;
  const { body, dropped, changed, refused } = applyRules(
    pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces),
    rules,
  );
  if (refused.length > 0) {
    throw relayErrors.unsupported_parameter({ parameters: refused.join(', '), param: refused[0] });
  }
  if (dropped.length + changed.length > 0) call.notes = noted(call.notes ?? new Notes(), dropped, changed);
  return [body];
}

/** Refuses a call of a strict profile that has settings without a place, which might change its answer. Throws `unsupported_parameter`. */
export function refuseDropped({ droppedNames }: Notes, policy: RequestPolicy | null): void {
  if (policy?.parameters !== 'strict' || droppedNames.length === 0) return;
  const missed = droppedNames.filter((name) => !HARMLESS.has(name));
  if (missed.length === 0) return;
  throw relayErrors.unsupported_parameter({ parameters: missed.join(', '), param: missed[0] });
}

function noted(notes: Notes, dropped: readonly string[], changed: readonly string[]): Notes {
  for (const name of dropped) notes.drop(name);
  for (const name of changed) notes.lose(name);
  return notes;
}
