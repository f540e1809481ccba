import { ownMember } from '../../common/own.js';
import type { AllowanceEntry } from '../../snapshot/allowances.js';
import type { Call } from './call.js';

const MAX_SUBJECT = 200;

/** Whose counter it is: the value of the key, if the call has that key and the value is meant. */
export function metadataSubject(entry: AllowanceEntry, call: Call): string | undefined {
  const { metadataValue } = entry;
  const value = entry.scope === 'run' ? runOf(call) : metadataOf(call, entry.metadataKey ?? '');
  if (value === undefined || (metadataValue !== null && value !== metadataValue)) return undefined;
  return value.slice(0, MAX_SUBJECT);
}

function metadataOf({ token, body }: Call, key: string): string | undefined {
  return (token && ownMember(token.metadata, key)) ?? (key === 'user' ? body?.text('user') : undefined);
}

/** The run of an agent that the call belongs to, as its client says. */
function runOf({ request }: Call): string | undefined {
  const run = request.headers['x-waggle-run'];
  return typeof run === 'string' && run !== '' ? run : undefined;
}
