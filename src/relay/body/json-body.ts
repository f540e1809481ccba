import { isObjectSpan, JsonScanError, parseSpan, plainText, scanObject, type Span } from './json-scan.js';

/** A JSON request body: the bytes as they came, and where its top-level members are. Values are read on demand. */
export class JsonBody {
  private constructor(
    readonly raw: Buffer,
    readonly members: ReadonlyMap<string, Span>,
  ) {}

  /** Throws `JsonScanError` unless `raw` is one JSON object. */
  static read(raw: Buffer): JsonBody {
    return new JsonBody(raw, scanObject(raw));
  }

  has(key: string): boolean {
    return this.members.has(key);
  }

  /** The text of a member; `undefined` when it is missing or null. Throws on another type. */
  text(key: string): string | undefined {
    return this.typed(key, 'string') as string | undefined;
  }

  /** The number of a member; `undefined` when it is missing or null. Throws on another type. */
  number(key: string): number | undefined {
    return this.typed(key, 'number') as number | undefined;
  }

  /** The truth of a member; `undefined` when it is missing or null. Throws on another type. */
  boolean(key: string): boolean | undefined {
    return this.typed(key, 'boolean') as boolean | undefined;
  }

  /** The bytes of a member's value. */
  slice(key: string): Buffer | undefined {
    const span = this.members.get(key);
    return span && this.raw.subarray(span.start, span.end);
  }

  /** The value of a member, parsed; for small ones. */
  value(key: string): unknown {
    const span = this.members.get(key);
    return span && parseSpan(this.raw, span);
  }

  /** Whether the caller asked for `stream_options.include_usage`. */
  get asksForUsage(): boolean {
    const span = this.members.get('stream_options');
    if (!span || !isObjectSpan(this.raw, span)) return false;
    const asked = scanObject(this.raw, span.start, span.end).get('include_usage');
    return asked !== undefined && parseSpan(this.raw, asked) === true;
  }

  private typed(key: string, type: 'string' | 'number' | 'boolean'): unknown {
    const span = this.members.get(key);
    if (!span) return undefined;
    const value = plainText(this.raw, span) ?? parseSpan(this.raw, span);
    if (value === null) return undefined;
    if (typeof value === type) return value;
    throw new JsonScanError(`${JSON.stringify(key)} must be a ${type}.`);
  }
}
