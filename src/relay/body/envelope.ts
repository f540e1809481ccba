import { parseMicros } from '../../common/money.js';
import type { Hints } from '../../routing/features.js';
import { MODES, type Mode } from '../../snapshot/routing-entry.js';
import { isArraySpan, isObjectSpan, JsonScanError, parseSpan, scanObject, type Span } from './json-scan.js';
import { readFormat, type OutputFormat } from './output-format.js';
import { checked, objectOf, refuseStrangers, wrong } from './strict-members.js';

/** What is in an envelope: a body in OpenAI's dialect, how the caller wishes it to be routed, and its answer to look. */
export interface Opened {
  readonly body: Buffer;
  readonly hints: Hints;
  readonly format: WantedFormat | undefined;
}

/** What the caller wants made of the answer, and how it is sent. */
export interface WantedFormat extends OutputFormat {
  /** Whether the answer is read whole though its caller wants a stream, and is sent as one afterwards. */
  readonly unfolds: boolean;
  /** Whether that stream shall tell its usage. */
  readonly asksForUsage: boolean;
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
    ['messages', 'model_hint', 'parameters', 'stream', 'output_schema'],
    'request.',
  );
  const fields = fieldsIn(raw, envelope, request);
  const read = readFormat(valueIn(raw, envelope, 'output_format'), valueIn(raw, request, 'output_schema'));
  for (const [name, value] of read.fields) {
    if (fields.has(name)) throw new JsonScanError(`"${name}" is in "output_format" and in "request.parameters".`);
    fields.set(name, Buffer.from(JSON.stringify(value)));
  }
  const format = read.format && { ...read.format, ...takeStream(fields, read.format) };
  return { body: printed(fields), hints: hintsIn(raw, envelope), format };
}

/** The members of the body within. */
function fieldsIn(raw: Buffer, envelope: Members, request: Members): Map<string, Buffer> {
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
  return fields;
}

/** Text that is made over has to be there as a whole: its upstream is asked for no stream. */
function takeStream(fields: Map<string, Buffer>, { type }: OutputFormat): Omit<WantedFormat, keyof OutputFormat> {
  if (type === undefined || fields.get('stream')?.toString() !== 'true') return { unfolds: false, asksForUsage: false };
  const options = fields.get('stream_options');
  fields.delete('stream');
  fields.delete('stream_options');
  const { include_usage: asked } = options ? objectOf(parseSpan(options, whole(options)), 'request.parameters') : {};
  return { unfolds: true, asksForUsage: asked === true };
}

function whole(bytes: Buffer): Span {
  return { start: 0, end: bytes.length };
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
