import type { JsonObject, RequestPolicy } from '../snapshot/snapshot.js';

const MAX_BYTES = 32_768;
const MAX_DEPTH = 12;
/** What each call says itself: a policy that did would route, stream or answer something else than was asked. */
const NOT_FOR_POLICIES = ['model', 'messages', 'input', 'prompt', 'stream', 'stream_options', 'file', 'image'];

/** Tells what is wrong with a policy's body defaults or overrides, or `undefined`. */
export function policyProblem({
  defaults,
  overrides,
}: Pick<RequestPolicy, 'defaults' | 'overrides'>): string | undefined {
  for (const [part, fields] of Object.entries({ defaults, overrides })) {
    const refused = NOT_FOR_POLICIES.find((field) => Object.hasOwn(fields, field));
    if (refused !== undefined) return `${part} must not hold ${refused}: each call names its own`;
    if (depthOf(fields) > MAX_DEPTH) return `${part} must not be nested deeper than ${MAX_DEPTH} levels`;
    if (Buffer.byteLength(JSON.stringify(fields)) > MAX_BYTES)
      return `${part} must be at most ${MAX_BYTES} bytes of JSON`;
  }
  return undefined;
}

function depthOf(value: JsonObject[string]): number {
  if (typeof value !== 'object' || value === null) return 0;
  return 1 + Math.max(0, ...Object.values(value).map(depthOf));
}
