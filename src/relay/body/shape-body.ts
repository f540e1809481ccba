import { ownMember } from '../../common/own.js';
import type { Dialect } from '../../providers/drivers/driver.js';
import type { JsonObject, JsonValue, Operation, RequestPolicy } from '../../snapshot/snapshot.js';
import type { JsonBody } from './json-body.js';
import { isObjectSpan, scanObject, type Span } from './json-scan.js';
import { piecesOf, renamed, type Maximum } from './renamed.js';
import type { Splice } from './splice.js';
import { systemPromptSplices } from './system-prompt.js';

/** What becomes of a body on its way upstream. */
export interface BodyShape {
  readonly operation: Operation;
  readonly dialect: Dialect;
  /** The model's upstream name. */
  readonly model: string;
  /** Whether to ask for the usage of a stream. */
  readonly includeUsage: boolean;
  /** Sent when neither caller nor policy names them. */
  readonly modelDefaults: JsonObject | null;
  readonly policy: RequestPolicy | null;
  /** What the answer is held to, whatever caller and policy say. */
  readonly maximum?: Maximum | undefined;
}

/**
 * The body as it goes upstream, in pieces (a small one in one): the caller's bytes with the model's name, and what a policy asks for, spliced in.
 * Everything else stays as it came: unknown members, number precision, spacing.
 */
export function shapeBody(body: JsonBody, shape: BodyShape): Buffer[] {
  const { policy, modelDefaults, includeUsage, model, maximum } = shape;
  if (policy || modelDefaults || includeUsage) return edited(body, shape);
  return renamed(body, model, maximum) ?? edited(body, shape);
}

function edited(body: JsonBody, shape: BodyShape): Buffer[] {
  const { policy, modelDefaults, maximum } = shape;
  const edit = new ObjectEdit(body.raw, body.members, { start: 0, end: body.raw.length });
  edit.set('model', shape.model);
  if (maximum) edit.set(maximum.member, maximum.tokens);
  if (policy) for (const [key, value] of Object.entries(policy.overrides)) edit.override(key, value);
  if (shape.includeUsage) edit.override('stream_options', { include_usage: true });
  fillAll(edit, policy?.defaults);
  fillAll(edit, modelDefaults);
  const prompt = policy?.systemPrompt ? systemPromptSplices(body, shape.dialect, policy.systemPrompt) : [];
  return piecesOf(body.raw, [...edit.splices(), ...prompt]);
}

function fillAll(edit: ObjectEdit, values: JsonObject | null | undefined): void {
  if (values) for (const [key, value] of Object.entries(values)) edit.fill(key, value);
}

/** Collects changes of one object's members as splices; the first value written to a member wins. */
class ObjectEdit {
  private readonly written = new Map<string, JsonValue>();
  private readonly nested = new Map<string, ObjectEdit>();

  constructor(
    private readonly raw: Buffer,
    private readonly members: ReadonlyMap<string, Span>,
    private readonly span: Span,
  ) {}

  /** Gives a member this value, whatever it was. */
  set(key: string, value: JsonValue): void {
    if (!this.written.has(key)) this.written.set(key, value);
  }

  /** Like `set`, but merges objects: only what `value` names is replaced. */
  override(key: string, value: JsonValue): void {
    const nested = this.objectAt(key, value);
    if (!nested) return this.set(key, value);
    for (const [name, member] of Object.entries(value as JsonObject)) nested.override(name, member);
  }

  /** Gives a member this value if it is missing; merges objects. */
  fill(key: string, value: JsonValue): void {
    const written = this.written.get(key);
    if (written !== undefined) return void this.written.set(key, filled(written, value));
    const nested = this.objectAt(key, value);
    if (nested) for (const [name, member] of Object.entries(value as JsonObject)) nested.fill(name, member);
    else if (!this.members.has(key)) this.set(key, value);
  }

  splices(): Splice[] {
    const all = [...this.nested.values()].flatMap((edit) => edit.splices());
    const added: string[] = [];
    for (const [key, value] of this.written) {
      const span = this.members.get(key);
      if (span) all.push({ start: span.start, end: span.end, bytes: Buffer.from(JSON.stringify(value)) });
      else added.push(`${JSON.stringify(key)}:${JSON.stringify(value)}`);
    }
    return added.length > 0 ? [...all, this.addition(added.join(','))] : all;
  }

  /** The edit of a member that is an object on both sides. */
  private objectAt(key: string, value: JsonValue): ObjectEdit | undefined {
    const span = this.members.get(key);
    if (!span || !isPlainObject(value) || !isObjectSpan(this.raw, span) || this.written.has(key)) return undefined;
    let edit = this.nested.get(key);
    if (!edit) {
      edit = new ObjectEdit(this.raw, scanObject(this.raw, span.start, span.end), span);
      this.nested.set(key, edit);
    }
    return edit;
  }

  private addition(text: string): Splice {
    const at = this.raw.lastIndexOf('}', this.span.end - 1);
    return { start: at, end: at, bytes: Buffer.from(this.members.size > 0 ? `,${text}` : text) };
  }
}

function filled(value: JsonValue, defaults: JsonValue): JsonValue {
  if (!isPlainObject(value) || !isPlainObject(defaults)) return value;
  const result = { ...value };
  for (const [key, member] of Object.entries(defaults)) {
    const own = ownMember(value, key);
    result[key] = own === undefined ? member : filled(own, member);
  }
  return result;
}

function isPlainObject(value: JsonValue): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
