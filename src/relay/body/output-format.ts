import { JsonScanError } from './json-scan.js';
import { checked, objectOf, refuseStrangers } from './strict-members.js';

/** What a caller of `/v1/chat` wants made of the answer's text. */
export interface OutputFormat {
  /** `undefined` leaves the text as it is, but for the thoughts. */
  readonly type: 'text' | 'markdown' | 'json' | undefined;
  /** What JSON has to fit; JSON text. */
  readonly schema: string | undefined;
  /** Whether what the model thought is left out. */
  readonly stripsThoughts: boolean;
  /** How often the model is asked again when its answer does not fit. */
  readonly maxRepairs: number;
}

/** A format, and what it is in OpenAI's words. */
export interface ReadFormat {
  readonly format: OutputFormat | undefined;
  readonly fields: readonly (readonly [name: string, value: unknown])[];
}

const TYPES = ['text', 'markdown', 'json', 'json_schema'];
const MAX_SCHEMA_BYTES = 64 * 1024;
const MAX_SCHEMA_DEPTH = 64;
/** Each repair is a call that somebody pays for. */
const MAX_REPAIRS = 3;
const DEFAULT_REPAIRS = 1;

/** Reads `output_format`, and the schema that TokenHub's callers put into the request. Throws `JsonScanError`. */
export function readFormat(value: unknown, outputSchema: unknown): ReadFormat {
  const { type, schema, max_tokens: maxTokens, ...rest } = objectOf(value, 'output_format');
  const { strip_think: strips = false, max_repairs: repairs, ...strange } = rest;
  refuseStrangers(Object.keys(strange), 'output_format.');
  checked(type, type === undefined || TYPES.includes(type as string), 'output_format.type');
  checked(strips, typeof strips === 'boolean', 'output_format.strip_think');
  const asked = schemaIn(type, schema, outputSchema);
  const isJson = asked !== undefined || type === 'json';
  const format: OutputFormat = {
    type: isJson ? 'json' : (type as OutputFormat['type']),
    schema: asked && JSON.stringify(asked),
    stripsThoughts: strips === true,
    maxRepairs: repairsIn(repairs, isJson),
  };
  const limit = maxTokens === undefined ? [] : [['max_tokens', maxTokens] as const];
  const isPlain = format.type === undefined && !format.stripsThoughts;
  return { format: isPlain ? undefined : format, fields: [...limit, ...responseFormat(format)] };
}

function repairsIn(repairs: unknown, isJson: boolean): number {
  const path = 'output_format.max_repairs';
  if (!isJson) return checked(0, repairs === undefined, path);
  const most = repairs ?? DEFAULT_REPAIRS;
  return checked(most as number, Number.isInteger(most) && Number(most) >= 0 && Number(most) <= MAX_REPAIRS, path);
}

function schemaIn(type: unknown, own: unknown, ofRequest: unknown): object | undefined {
  if (own !== undefined && ofRequest !== undefined) {
    throw new JsonScanError('There is a schema in "output_format" and in "request"; one is enough.');
  }
  const schema = own ?? ofRequest;
  if (schema === undefined) return checked(undefined, type !== 'json_schema', 'output_format.schema');
  const path = own === undefined ? 'request.output_schema' : 'output_format.schema';
  const isWanted = type !== 'text' && type !== 'markdown';
  return checked(schema as object, isWanted && isFit(schema), path);
}

/** An object of a size that nobody has to fear. */
function isFit(schema: unknown): boolean {
  if (typeof schema !== 'object' || schema === null || Array.isArray(schema)) return false;
  return isShallow(schema) && JSON.stringify(schema).length <= MAX_SCHEMA_BYTES;
}

function isShallow(value: unknown, depth = 0): boolean {
  if (typeof value !== 'object' || value === null) return true;
  return depth < MAX_SCHEMA_DEPTH && Object.values(value).every((member) => isShallow(member, depth + 1));
}

function responseFormat({ type, schema }: OutputFormat): [string, unknown][] {
  if (schema !== undefined) {
    const named = { name: 'output', schema: JSON.parse(schema) as object };
    return [['response_format', { type: 'json_schema', json_schema: named }]];
  }
  return type === 'json' ? [['response_format', { type: 'json_object' }]] : [];
}
