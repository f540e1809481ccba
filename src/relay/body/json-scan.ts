/** The bytes of one JSON value: `[start, end)`. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** The bytes are not the JSON that was expected; the message is safe to show. */
export class JsonScanError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'JsonScanError';
  }
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const MAX_DEPTH = 512;
/** Strings shorter than this are faster to walk here than to hand to the native search. */
const SHORT_STRING = 48;

/** Bytes that may stand outside of strings: the letters are those of numbers, `true`, `false` and `null`. */
const PLAIN = byteTable(' \t\r\n,:+-.0123456789Eaeflnrstu');
const SCALAR = byteTable('+-.0123456789Eaeflnrstu');

/**
 * Finds the members of the object that `raw` holds in `[start, end)`, without reading what is inside their values. It is
 * strict where a lenient reader behind us could see another member than we do: a name twice, comments, other quotes and
 * unbalanced brackets are refused.
 */
export function scanObject(raw: Buffer, start = 0, end = raw.length): Map<string, Span> {
  const members = new Map<string, Span>();
  walkObject(raw, { start, end }, (keyStart, keyEnd, valueStart, valueEnd) => {
    const key = readKey(raw, keyStart, keyEnd);
    if (members.has(key)) throw new JsonScanError(`The member ${JSON.stringify(key)} appears twice.`);
    members.set(key, { start: valueStart, end: valueEnd });
  });
  return members;
}

/** Called for each member with where its name's text (without quotes) and its value begin and end. */
export type MemberVisitor = (keyStart: number, keyEnd: number, valueStart: number, valueEnd: number) => void;

/** Visits the members of the object in `[start, end)` in order; only space may surround it. */
export function walkObject(raw: Buffer, { start, end }: Span, visit: MemberVisitor): void {
  let at = skipSpace(raw, start, end);
  if (at >= end || raw[at] !== OPEN_OBJECT) throw new JsonScanError('The body is not a JSON object.');
  at = skipSpace(raw, at + 1, end);
  while (raw[at] !== CLOSE_OBJECT || at >= end) {
    if (at >= end || raw[at] !== QUOTE) throw unexpected(at, end);
    const keyEnd = skipString(raw, at, end);
    const colon = skipSpace(raw, keyEnd, end);
    if (colon >= end || raw[colon] !== COLON) throw unexpected(colon, end);
    const valueStart = skipSpace(raw, colon + 1, end);
    const valueEnd = skipValue(raw, valueStart, end);
    visit(at + 1, keyEnd - 1, valueStart, valueEnd);
    at = nextElement(raw, valueEnd, end, CLOSE_OBJECT);
  }
  if (skipSpace(raw, at + 1, end) < end) throw unexpected(at + 1, end);
}

/** The elements of the array in `span`. */
export function scanArray(raw: Buffer, { start, end }: Span): Span[] {
  if (raw[start] !== OPEN_ARRAY) throw new JsonScanError('A JSON array was expected.');
  const elements: Span[] = [];
  let at = skipSpace(raw, start + 1, end);
  while (raw[at] !== CLOSE_ARRAY || at >= end) {
    const valueEnd = skipValue(raw, at, end);
    elements.push({ start: at, end: valueEnd });
    at = nextElement(raw, valueEnd, end, CLOSE_ARRAY);
  }
  return elements;
}

/** Whether the value in `span` is an object. */
export function isObjectSpan(raw: Buffer, { start }: Span): boolean {
  return raw[start] === OPEN_OBJECT;
}

/** Whether the value in `span` is an array. */
export function isArraySpan(raw: Buffer, { start }: Span): boolean {
  return raw[start] === OPEN_ARRAY;
}

/** The value in `span`, parsed. Throws `JsonScanError` when it isn't JSON after all. */
export function parseSpan(raw: Buffer, { start, end }: Span): unknown {
  try {
    return JSON.parse(raw.toString('utf8', start, end));
  } catch (cause) {
    throw new JsonScanError('The body is not JSON.', { cause });
  }
}

/** The text of a short string in printable ASCII without escapes, which needs no parser; `undefined` for all others. */
export function plainText(raw: Buffer, { start, end }: Span): string | undefined {
  if (raw[start] !== QUOTE || end - start > SHORT_STRING) return undefined;
  for (let at = start + 1; at < end - 1; at++) {
    const byte = raw[at]!;
    if (byte < 0x20 || byte > 0x7e || byte === BACKSLASH) return undefined;
  }
  return raw.toString('latin1', start + 1, end - 1);
}

/** The first byte at or after `at` that is not white space, or `end`. */
function skipSpace(raw: Buffer, at: number, end: number): number {
  while (at < end && isSpace(raw[at])) at++;
  return at;
}

function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}

/** From behind a value to the next element's first byte, or to the closing bracket. */
function nextElement(raw: Buffer, from: number, end: number, close: number): number {
  const at = skipSpace(raw, from, end);
  if (at < end && raw[at] === close) return at;
  if (at >= end || raw[at] !== COMMA) throw unexpected(at, end);
  const next = skipSpace(raw, at + 1, end);
  if (next >= end || raw[next] === close) throw unexpected(next, end);
  return next;
}

/** The index behind the value that begins at `start`. */
function skipValue(raw: Buffer, start: number, end: number): number {
  const first = raw[start];
  if (first === QUOTE) return skipString(raw, start, end);
  if (first === OPEN_OBJECT || first === OPEN_ARRAY) return skipNested(raw, start, end);
  let at = start;
  while (at < end && SCALAR[raw[at] ?? 0] === 1) at++;
  if (at === start) throw unexpected(at, end);
  return at;
}

/** The index behind the string whose opening quote is at `start`. */
export function skipString(raw: Buffer, start: number, end: number): number {
  const short = Math.min(end, start + SHORT_STRING);
  for (let at = start + 1; at < short; at++) {
    const byte = raw[at];
    if (byte === QUOTE) return at + 1;
    if (byte === BACKSLASH) at++;
  }
  return skipLongString(raw, start, end);
}

function skipLongString(raw: Buffer, start: number, end: number): number {
  let at = start;
  for (;;) {
    at = raw.indexOf(QUOTE, at + 1);
    if (at === -1 || at >= end) throw new JsonScanError('The body ends inside a string.');
    let backslashes = 0;
    while (raw[at - 1 - backslashes] === BACKSLASH) backslashes++;
    if (backslashes % 2 === 0) return at + 1;
  }
}

/** What closes each bracket that is open: one for all, since a scan never waits, nor calls another. */
const closers = new Uint8Array(MAX_DEPTH);

function skipNested(raw: Buffer, start: number, end: number): number {
  let depth = 0;
  for (let at = start; at < end; at++) {
    const byte = raw[at] ?? 0;
    if (PLAIN[byte] === 1) continue;
    if (byte === QUOTE) at = skipString(raw, at, end) - 1;
    else if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) open(byte, depth++);
    else if (byte !== closers[--depth]) throw unexpected(at, end);
    else if (depth === 0) return at + 1;
  }
  throw unexpected(end, end);
}

function open(byte: number, depth: number): void {
  if (depth >= MAX_DEPTH) throw new JsonScanError(`The body is nested deeper than ${MAX_DEPTH} levels.`);
  closers[depth] = byte === OPEN_OBJECT ? CLOSE_OBJECT : CLOSE_ARRAY;
}

function readKey(raw: Buffer, start: number, end: number): string {
  const text = raw.toString('utf8', start, end);
  return text.includes('\\') ? String(parseSpan(raw, { start: start - 1, end: end + 1 })) : text;
}

function unexpected(at: number, end: number): JsonScanError {
  return new JsonScanError(
    at >= end ? 'The body ends before its JSON does.' : `The body is not JSON: unexpected byte at ${at}.`,
  );
}

function byteTable(characters: string): Uint8Array {
  const table = new Uint8Array(256);
  for (const character of characters) table[character.charCodeAt(0)] = 1;
  return table;
}
