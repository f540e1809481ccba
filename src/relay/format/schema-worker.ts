import { Ajv, type ErrorObject, type SchemaObject, type ValidateFunction } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { parentPort } from 'node:worker_threads';

/** Compiles a schema, and checks a JSON text with it if there is one. */
export interface SchemaJob {
  readonly id: number;
  /** Tells schemas apart. */
  readonly key: string;
  readonly schema: string;
  readonly text: string | undefined;
}

/** What came of a check. */
export type Verdict =
  | { readonly kind: 'fits' }
  /** What does not fit, with where it is. */
  | { readonly kind: 'unfit'; readonly faults: readonly string[] }
  | { readonly kind: 'wrong_schema'; readonly reason: string };

/** The first message says that the thread is up; it answers nothing. */
export type SchemaMessage = { readonly id: number; readonly verdict: Verdict } | 'ready';

const MAX_COMPILED = 200;
const MAX_FAULTS = 10;
const MAX_FAULT_LENGTH = 200;
/** Schemas name each other only within themselves; nothing is loaded, and none stays known to the next. */
const OPTIONS = { strict: false, allErrors: true, addUsedSchema: false, logger: false, ownProperties: true } as const;
const OLD_DRAFT = /\/draft-0[67]\//;

const compiled = new Map<string, ValidateFunction>();
const dialects: { latest?: Ajv2020; old?: Ajv } = {};

parentPort?.on('message', (job: SchemaJob) => {
  post({ id: job.id, verdict: judge(job) });
});
post('ready');

function post(message: SchemaMessage): void {
  parentPort?.postMessage(message);
}

function judge({ key, schema, text }: SchemaJob): Verdict {
  const validate = find(key) ?? compile(key, schema);
  if (typeof validate === 'string') return { kind: 'wrong_schema', reason: validate };
  if (text === undefined || validate(JSON.parse(text))) return { kind: 'fits' };
  return { kind: 'unfit', faults: faultsOf(validate.errors ?? []) };
}

/** The one that was used last is the last to go. */
function find(key: string): ValidateFunction | undefined {
  const known = compiled.get(key);
  if (!known) return undefined;
  compiled.delete(key);
  compiled.set(key, known);
  return known;
}

function compile(key: string, text: string): ValidateFunction | string {
  const schema = JSON.parse(text) as SchemaObject;
  if ('$async' in schema) return '$async is not supported';
  const ajv = dialectOf(schema.$schema);
  try {
    const validate = ajv.compile(schema);
    if (compiled.size >= MAX_COMPILED) compiled.delete(compiled.keys().next().value!);
    compiled.set(key, validate);
    return validate;
  } catch (error) {
    return (error instanceof Error ? error.message : String(error)).slice(0, MAX_FAULT_LENGTH);
  } finally {
    ajv.removeSchema(schema);
  }
}

function dialectOf(uri: unknown): Ajv2020 | Ajv {
  if (typeof uri === 'string' && OLD_DRAFT.test(uri)) return (dialects.old ??= formats.default(new Ajv(OPTIONS)));
  return (dialects.latest ??= formats.default(new Ajv2020(OPTIONS)));
}

function faultsOf(errors: readonly ErrorObject[]): string[] {
  const faults = new Set<string>();
  for (const error of errors) {
    if (faults.size === MAX_FAULTS) break;
    faults.add(faultOf(error).slice(0, MAX_FAULT_LENGTH));
  }
  return [...faults];
}

function faultOf({ instancePath, message = 'does not fit', params }: ErrorObject): string {
  const { additionalProperty: stranger, allowedValues: allowed } = params as Record<string, unknown>;
  const more = stranger ?? allowed;
  return `${instancePath || '/'} ${message}${more === undefined ? '' : `: ${JSON.stringify(more)}`}`;
}
