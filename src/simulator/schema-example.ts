import { isObject, listOf, type Json, type JsonObject } from './answer.js';

const MAX_DEPTH = 6;
const TEXT_BY_FORMAT: Readonly<Record<string, string>> = {
  'date-time': '2026-01-02T03:04:05Z',
  date: '2026-01-02',
  time: '03:04:05Z',
  duration: 'PT1H',
  email: 'bee@hive.example',
  hostname: 'hive.example',
  ipv4: '192.0.2.1',
  ipv6: '2001:db8::1',
  uuid: '01890a5d-ac96-774b-bcce-b302099a8057',
  uri: 'https://hive.example/',
};

/** A value that conforms to a JSON schema of the kind that structured output and tools use; `root` resolves `$ref`. */
export function exampleOf(schema: Json | undefined, root: Json | undefined = schema, depth = 0): Json {
  if (!isObject(schema)) return 'honey';
  if (schema.const !== undefined) return schema.const;
  if (Array.isArray(schema.enum)) return schema.enum[0] ?? null;
  if (typeof schema.$ref === 'string') return exampleOf(resolve(schema.$ref, root), root, depth + 1);
  const [choice] = [...listOf(schema.anyOf), ...listOf(schema.oneOf)];
  if (choice !== undefined) return exampleOf(choice, root, depth + 1);
  if (Array.isArray(schema.allOf)) return exampleOf(merge(schema.allOf), root, depth + 1);
  return byType(schema, root, depth);
}

function byType(schema: JsonObject, root: Json | undefined, depth: number): Json {
  switch (typeOf(schema)) {
    case 'object':
      return objectOf(schema, root, depth);
    case 'array':
      return arrayOf(schema, root, depth);
    case 'number':
    case 'integer':
      return numberOf(schema);
    case 'boolean':
      return true;
    case 'null':
      return null;
    default:
      return textOf(schema);
  }
}

function typeOf(schema: JsonObject): Json | undefined {
  if (Array.isArray(schema.type)) return schema.type[0];
  if (schema.type !== undefined) return schema.type;
  if (isObject(schema.properties)) return 'object';
  return schema.items === undefined ? 'string' : 'array';
}

/** All properties near the top, further down only the required ones, so that a recursive schema ends. */
function objectOf(schema: JsonObject, root: Json | undefined, depth: number): JsonObject {
  const properties = isObject(schema.properties) ? schema.properties : {};
  const required = new Set(listOf(schema.required));
  const wanted = Object.keys(properties).filter((name) => depth < 2 || (depth < MAX_DEPTH && required.has(name)));
  return Object.fromEntries(wanted.map((name) => [name, exampleOf(properties[name], root, depth + 1)]));
}

function arrayOf(schema: JsonObject, root: Json | undefined, depth: number): Json[] {
  const count = Math.max(typeof schema.minItems === 'number' ? schema.minItems : 0, depth < MAX_DEPTH - 2 ? 1 : 0);
  return Array.from({ length: count }, () => exampleOf(schema.items, root, depth + 1));
}

function numberOf({ minimum, exclusiveMinimum, maximum, multipleOf }: JsonObject): number {
  const step = typeof multipleOf === 'number' ? multipleOf : 1;
  if (typeof exclusiveMinimum === 'number') return (Math.floor(exclusiveMinimum / step) + 1) * step;
  if (typeof minimum === 'number') return Math.ceil(minimum / step) * step;
  return typeof maximum === 'number' ? Math.min(42, Math.floor(maximum / step) * step) : 42 * step;
}

function textOf({ format, minLength, maxLength }: JsonObject): string {
  const text = (typeof format === 'string' && TEXT_BY_FORMAT[format]) || 'honey';
  const padded = typeof minLength === 'number' ? text.padEnd(minLength, 'y') : text;
  return typeof maxLength === 'number' ? padded.slice(0, maxLength) : padded;
}

function resolve(reference: string, root: Json | undefined): Json | undefined {
  let found = root;
  for (const step of reference.split('/').slice(1)) found = isObject(found) ? found[step] : undefined;
  return found;
}

function merge(schemas: Json[]): JsonObject {
  const merged: JsonObject = {};
  for (const schema of schemas.filter(isObject)) {
    Object.assign(merged, schema, {
      properties: { ...asObject(merged.properties), ...asObject(schema.properties) },
      required: [...listOf(merged.required), ...listOf(schema.required)],
    });
  }
  return merged;
}

function asObject(value: Json | undefined): JsonObject {
  return isObject(value) ? value : {};
}
