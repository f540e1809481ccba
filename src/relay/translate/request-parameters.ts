import type { JsonObject, JsonValue } from '../../snapshot/snapshot.js';
import type { Parameter, ParameterName, Parameters } from './conversation.js';
import type { Notes } from './notes.js';

/** How a dialect calls the settings that all share. Several names may mean the same; the first that is set counts. */
export type ParameterTable = Readonly<Record<string, ParameterName>>;

/** Reads the settings of a request. A member that is neither in the table nor among `others` is noted as dropped. */
export function readParameters(
  body: JsonObject,
  table: ParameterTable,
  others: ReadonlySet<string>,
  notes: Notes,
): Parameters {
  const parameters = new Map<ParameterName, Parameter>();
  for (const [name, value] of Object.entries(body)) {
    if (value === null || others.has(name)) continue;
    const known = Object.hasOwn(table, name) ? table[name] : undefined;
    if (!known) notes.drop(name);
    else if (!parameters.has(known)) parameters.set(known, { name, value });
  }
  return parameters;
}

/** What becomes of one setting: its members in the upstream's body, or nothing when it must be left out. */
export type ParameterWriter = (value: JsonValue, notes: Notes) => JsonObject | undefined;

/** Writes settings; those without a writer, or for which it gives nothing, are noted as dropped under the client's name. */
export function writeParameters(
  parameters: Parameters,
  writers: Readonly<Partial<Record<ParameterName, ParameterWriter>>>,
  notes: Notes,
): JsonObject {
  const body: JsonObject = {};
  for (const [name, { name: clientName, value }] of parameters) {
    const written = writers[name]?.(value, notes);
    if (written) Object.assign(body, written);
    else notes.drop(clientName);
  }
  return body;
}

/** A writer that only renames. */
export function as(name: string): ParameterWriter {
  return (value) => ({ [name]: value });
}
