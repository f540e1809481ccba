import type { Span } from './json-scan.js';
import { splicedPieces, type Splice } from './splice.js';

/** The bytes are not the form that their content type promises; the message is safe to show. */
export class MultipartError extends Error {}

interface Part extends Span {
  readonly name: string;
  readonly isFile: boolean;
}

const HEADER_END = Buffer.from('\r\n\r\n');
const MAX_PARTS = 256;
const MAX_HEADER_BYTES = 16 * 1024;
const MAX_FIELD_BYTES = 256 * 1024;

/** A `multipart/form-data` body (RFC 7578): the bytes as they came, and where its parts are. */
export class MultipartBody {
  private constructor(
    readonly raw: Buffer,
    private readonly parts: readonly Part[],
  ) {}

  /** Throws `MultipartError` when the bytes and their content type don't fit. */
  static read(raw: Buffer, contentType: string): MultipartBody {
    const boundary = boundaryOf(contentType);
    const parts = partsOf(raw, Buffer.from(`--${boundary}`));
    const models = parts.filter(({ name }) => name === 'model');
    if (models.length > 1) throw new MultipartError('The field "model" appears twice.');
    return new MultipartBody(raw, parts);
  }

  has(name: string): boolean {
    return this.parts.some((part) => part.name === name);
  }

  /** The text of the first field of that name; `undefined` when there is none or it is a file. */
  field(name: string): string | undefined {
    const part = this.parts.find((candidate) => candidate.name === name && !candidate.isFile);
    if (!part) return undefined;
    if (part.end - part.start > MAX_FIELD_BYTES) throw new MultipartError(`The field "${name}" is too long.`);
    return this.raw.toString('utf8', part.start, part.end);
  }

  /** The form, in pieces, with another value in fields that it has; everything else stays as it came. */
  with(values: Readonly<Record<string, string>>): Buffer[] {
    const splices = this.parts.flatMap(({ name, isFile, start, end }): Splice[] => {
      const value = isFile || !Object.hasOwn(values, name) ? undefined : values[name];
      return value === undefined ? [] : [{ start, end, bytes: Buffer.from(value) }];
    });
    return splicedPieces(this.raw, splices);
  }
}

function boundaryOf(contentType: string): string {
  const match = /;\s*boundary=(?:"([^"]{1,70})"|([^\s;"]{1,70}))/i.exec(contentType);
  const boundary = match?.[1] ?? match?.[2];
  if (!boundary) throw new MultipartError('The content type names no boundary.');
  return boundary;
}

function partsOf(raw: Buffer, delimiter: Buffer): Part[] {
  const parts: Part[] = [];
  let at = raw.indexOf(delimiter);
  if (at === -1) throw new MultipartError('The form does not begin with its boundary.');
  for (;;) {
    const afterDelimiter = at + delimiter.length;
    if (raw.toString('latin1', afterDelimiter, afterDelimiter + 2) === '--') return parts;
    if (parts.length >= MAX_PARTS) throw new MultipartError(`The form has more than ${MAX_PARTS} parts.`);
    const headerEnd = raw.indexOf(HEADER_END, afterDelimiter);
    if (headerEnd === -1 || headerEnd - afterDelimiter > MAX_HEADER_BYTES) throw truncated();
    const start = headerEnd + HEADER_END.length;
    const next = nextDelimiter(raw, start, delimiter);
    parts.push({ ...described(raw.toString('utf8', afterDelimiter, headerEnd)), start, end: next - 2 });
    at = next;
  }
}

/** The delimiter counts only at the start of a line. */
function nextDelimiter(raw: Buffer, from: number, delimiter: Buffer): number {
  for (let at = raw.indexOf(delimiter, from); at !== -1; at = raw.indexOf(delimiter, at + 1)) {
    if (at >= from + 2 && raw[at - 2] === 0x0d && raw[at - 1] === 0x0a) return at;
  }
  throw truncated();
}

function described(headers: string): Pick<Part, 'name' | 'isFile'> {
  const disposition = /^content-disposition:\s*form-data(;.*)$/im.exec(headers)?.[1];
  const name = disposition && /;\s*name="((?:[^"\\]|\\.)*)"|;\s*name=([^\s;"]+)/i.exec(disposition);
  if (!name) throw new MultipartError('A part of the form has no name.');
  return { name: name[1] ?? name[2] ?? '', isFile: /;\s*filename\*?=/i.test(disposition ?? '') };
}

function truncated(): MultipartError {
  return new MultipartError('The form ends before its last boundary.');
}
