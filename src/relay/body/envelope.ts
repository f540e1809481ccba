import { parseMicros } from '../../common/money.js';
import type { Hints } from '../../routing/features.js';
import { MODES, type Mode } from '../../snapshot/routing-entry.js';
import { isArraySpan, isObjectSpan, JsonScanError, parseSpan, scanObject, type Span } from './json-scan.js';

/** What is in an envelope: a body in OpenAI's dialect, and how the caller wishes it to be routed. */
export interface Opened {
  readonly body: Buffer;
  readonly hints: Hints;
}

type Members = ReadonlyMap<string, Span>;

const MAX_CAPABILITIES = 20;

/**
 * Opens an envelope of `POST /v1/chat`. Messages and parameters keep their bytes. Throws `JsonScanError` with what is
 * wrong: nothing in an envelope is passed over in silence.
 */
export function openEnvelope(raw: Buffer): Opened {
  const envelope = known(scanObject(raw), ['model', 'request', 'policy', 'output_format', 'capabilities'], '');
  const request = known(
    objectIn(raw, envelope, 'request') ?? NOTHING,
    ['messages', 'model_hint', 'parameters', 'stream'],
    'request.',
  );
  const messages = request.get('messages');
  if (!messages || !isArraySpan(raw, messages)) throw new JsonScanError('"request.messages" must be a list.');
  const fields = new Map<string, Buffer>();
  for (const [name, span] of objectIn(raw, request, 'parameters') ?? NOTHING)
    fields.set(name, raw.subarray(span.start, span.end));
  for (const name of ['model', 'messages', 'stream']) {
    if (fields.has(name)) throw new JsonScanError(`"request.parameters" must not have "${name}".`);
  }
  const put = (name: string, span: Span | undefined) => span && fields.set(name, raw.subarray(span.start, span.end));
  put('model', envelope.get('model') ?? request.get('model_hint'));
  put('messages', messages);
  put('stream', request.get('stream'));
  for (const [name, value] of formatFields(valueIn(raw, envelope, 'output_format'))) {
    fields.set(name, Buffer.from(JSON.stringify(value)));
  }
  return { body: printed(fields), hints: hintsIn(raw, envelope) };
}

const NOTHING: Members = new Map();

function printed(fields: ReadonlyMap<string, Buffer>): Buffer {
  const pieces = [...fields].flatMap(([name, bytes], index) => [
    Buffer.from(`${index === 0 ? '{' : ','}${JSON.stringify(name)}:`),
    bytes,
  ]);
  return Buffer.concat([...pieces, Buffer.from('}')]);
}

function hintsIn(raw: Buffer, envelope: Members): Hints {
  const {
    mode,
    max_budget_usd: budget,
    max_latency_ms: latency,
    ...strange
  } = objectOf(valueIn(raw, envelope, 'policy'), 'policy');
  refuseStrangers(Object.keys(strange), 'policy.');
  return {
    ...(mode !== undefined && { mode: checked(mode as Mode, MODES.includes(mode as Mode), 'policy.mode') }),
    ...(budget !== undefined && { maxCostMicros: microsOf(budget) }),
    ...(latency !== undefined && {
      maxLatencyMs: checked(
        latency as number,
        Number.isSafeInteger(latency) && Number(latency) > 0,
        'policy.max_latency_ms',
      ),
    }),
    ...requiresIn(valueIn(raw, envelope, 'capabilities')),
  };
}

function requiresIn(value: unknown): Hints {
  if (value === undefined) return {};
  const isList =
    Array.isArray(value) && value.length <= MAX_CAPABILITIES && value.every((each) => typeof each === 'string');
  return { requires: checked(value as string[], isList, 'capabilities') };
}

function microsOf(budget: unknown): number {
  const micros = parseMicros(typeof budget === 'number' ? budget.toFixed(6) : String(budget));
  return Number(checked(micros, micros !== undefined, 'policy.max_budget_usd'));
}

/** What an output format is in OpenAI's words. */
function formatFields(value: unknown): [string, unknown][] {
  const { type, schema, max_tokens: maxTokens, ...strange } = objectOf(value, 'output_format');
  refuseStrangers(Object.keys(strange), 'output_format.');
  const fields: [string, unknown][] = [];
  if (maxTokens !== undefined) fields.push(['max_tokens', maxTokens]);
  checked(type, type === undefined || ['text', 'json', 'json_schema'].includes(type as string), 'output_format.type');
  if (schema !== undefined) {
    checked(schema, type !== 'text' && typeof schema === 'object', 'output_format.schema');
    fields.push(['response_format', { type: 'json_schema', json_schema: { name: 'output', schema } }]);
  } else if (type === 'json') fields.push(['response_format', { type: 'json_object' }]);
  else checked(schema, type !== 'json_schema', 'output_format.schema');
  return fields;
}

function objectOf(value: unknown, name: string): Record<string, unknown> {
  if (value === undefined || value === null) return {};
  return checked(value as Record<string, unknown>, typeof value === 'object' && !Array.isArray(value), name);
}

function objectIn(raw: Buffer, members: Members, name: string): Members | undefined {
  const span = members.get(name);
  if (span && !isObjectSpan(raw, span)) throw wrong(name);
  return span && scanObject(raw, span.start, span.end);
}

function valueIn(raw: Buffer, members: Members, name: string): unknown {
  const span = members.get(name);
  return span && parseSpan(raw, span);
}

function known(members: Members, names: readonly string[], path: string): Members {
  refuseStrangers(
    [...members.keys()].filter((name) => !names.includes(name)),
    path,
  );
  return members;
}

function refuseStrangers([stranger]: readonly string[], path: string): void {
  if (stranger !== undefined) throw new JsonScanError(`There is no "${path}${stranger}" in an envelope.`);
}

function checked<T>(value: T, isRight: boolean, path: string): T {
  if (!isRight) throw wrong(path);
  return value;
}

function wrong(path: string): JsonScanError {
  return new JsonScanError(`"${path}" is not as it must be.`);
}
