import type { Dialect } from '../../providers/drivers/driver.js';
import type { JsonObject, Operation, RequestPolicy } from '../../snapshot/snapshot.js';
import { JsonBody } from '../body/json-body.js';
import { isArraySpan, scanArray } from '../body/json-scan.js';
import type { Maximum } from '../body/renamed.js';
import { MultipartBody } from '../body/multipart-body.js';
import { shapeBody } from '../body/shape-body.js';

/** What becomes of a body on its way upstream. */
export interface Shape {
  readonly operation: Operation;
  /** What the client speaks. */
  readonly dialect: Dialect;
  /** The model's upstream name. */
  readonly model: string;
  /** Whether to ask for the usage of a stream, though the caller didn't. */
  readonly includeUsage: boolean;
  readonly modelDefaults: JsonObject | null;
  readonly policy: RequestPolicy | null;
  /** What the answer is held to, whatever caller and policy say; a form has no place for it. */
  readonly maximum: Maximum | undefined;
}

/** A client's body as far as the gateway itself reads it: the bytes, and the few members it needs. */
export interface CallBody {
  readonly raw: Buffer;
  readonly contentType: string;
  readonly model: string | undefined;
  readonly isStreamed: boolean;
  /** Whether the caller asked for the usage of its stream. */
  readonly asksForUsage: boolean;
  /** The bytes for upstream, in pieces: what is large is not copied. */
  shaped(shape: Shape): readonly Buffer[];
  /** The text of a member; `undefined` when it is missing or something else. */
  text(name: string): string | undefined;
  /** The number of a member, likewise. */
  number(name: string): number | undefined;
  /** The JSON text of a member. */
  slice(name: string): string | undefined;
  /** The same as bytes; a form has none. */
  bytes(name: string): Buffer | undefined;
  /** The members that decide about the answer, in one order whatever the client's; `undefined` for a form. */
  readonly canonical: readonly Buffer[] | undefined;
  /** The JSON texts of a member's elements; none when it is no list. */
  elements(name: string): readonly Buffer[];
}

const COMMA = Buffer.from(',');

/** A JSON body. Throws `JsonScanError` unless it is one object with members of the right types. */
export class JsonCallBody implements CallBody {
  readonly contentType = 'application/json';
  readonly model: string | undefined;
  readonly isStreamed: boolean;
  readonly asksForUsage: boolean;
  private readonly json: JsonBody;

  constructor(readonly raw: Buffer) {
    this.json = JsonBody.read(raw);
    this.model = this.json.text('model');
    this.isStreamed = this.json.boolean('stream') ?? false;
    this.asksForUsage = this.isStreamed && this.json.asksForUsage;
  }

  get canonical(): readonly Buffer[] {
    const names = [...this.json.members.keys()].filter((name) => name !== 'model').toSorted();
    return names.flatMap((name) => [Buffer.from(`${JSON.stringify(name)}:`), this.json.slice(name)!, COMMA]);
  }

  shaped(shape: Shape): readonly Buffer[] {
    return shapeBody(this.json, shape);
  }

  text(name: string): string | undefined {
    const value = this.json.value(name);
    return typeof value === 'string' ? value : undefined;
  }

  number(name: string): number | undefined {
    const value = this.json.value(name);
    return typeof value === 'number' ? value : undefined;
  }

  slice(name: string): string | undefined {
    return this.json.slice(name)?.toString();
  }

  bytes(name: string): Buffer | undefined {
    return this.json.slice(name);
  }

  elements(name: string): readonly Buffer[] {
    const span = this.json.members.get(name);
    if (!span || !isArraySpan(this.raw, span)) return [];
    return scanArray(this.raw, span).map(({ start, end }) => this.raw.subarray(start, end));
  }
}

/** A form with files. Policies that name body members don't apply to it. */
export class MultipartCallBody implements CallBody {
  readonly model: string | undefined;
  readonly isStreamed: boolean;
  readonly asksForUsage = true;
  readonly canonical = undefined;
  private readonly form: MultipartBody;

  constructor(
    readonly raw: Buffer,
    readonly contentType: string,
  ) {
    this.form = MultipartBody.read(raw, contentType);
    this.model = this.form.field('model');
    this.isStreamed = this.form.field('stream') === 'true';
  }

  shaped({ model }: Shape): readonly Buffer[] {
    return this.form.with({ model });
  }

  text(name: string): string | undefined {
    return this.form.field(name);
  }

  number(name: string): number | undefined {
    const number = Number(this.form.field(name) ?? Number.NaN);
    return Number.isFinite(number) ? number : undefined;
  }

  slice(name: string): string | undefined {
    return this.form.field(name);
  }

  bytes(): undefined {
    return undefined;
  }

  elements(): readonly Buffer[] {
    return [];
  }
}
