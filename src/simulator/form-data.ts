import { Refusal, type FormFile, type JsonObject } from './answer.js';

export interface Form {
  readonly fields: JsonObject;
  readonly files: readonly FormFile[];
}

/** Reads a `multipart/form-data` body (RFC 7578). A field whose name ends in `[]` becomes a list. Throws `Refusal`. */
export function parseForm(body: Buffer, contentType: string): Form {
  const boundary = /boundary=(?:"([^"]+)"|([^;\s]+))/i.exec(contentType);
  if (!boundary) throw new Refusal(400, 'The form has no boundary.');
  const fields: JsonObject = {};
  const files: FormFile[] = [];
  for (const part of parts(body, Buffer.from(`--${boundary[1] ?? boundary[2]}`))) {
    const border = part.indexOf('\r\n\r\n');
    const head = part.toString('utf8', 0, border);
    const data = part.subarray(border + 4);
    const field = /\bname="([^"]*)"/i.exec(head)?.[1] ?? '';
    const name = /\bfilename="([^"]*)"/i.exec(head)?.[1];
    if (name === undefined) addField(fields, field, data.toString('utf8'));
    else files.push({ field, name, data, contentType: /content-type:\s*([^\r\n]+)/i.exec(head)?.[1] ?? '' });
  }
  return { fields, files };
}

function* parts(body: Buffer, delimiter: Buffer): Generator<Buffer> {
  let start = body.indexOf(delimiter);
  while (start >= 0) {
    const next = body.indexOf(delimiter, start + delimiter.length);
    if (next < 0) return;
    yield body.subarray(start + delimiter.length + 2, next - 2); // without the line ends
    start = next;
  }
}

function addField(fields: JsonObject, field: string, value: string): void {
  if (!field.endsWith('[]')) return void (fields[field] = value);
  const name = field.slice(0, -2);
  const list = fields[name];
  if (Array.isArray(list)) list.push(value);
  else fields[name] = [value];
}
