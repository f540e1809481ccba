/** What a directive says, by key. */
export type Directive = ReadonlyMap<string, string>;

const MARKER = /@@(?:waggle|tokenhub)\b/;
const END = '@@end';
/** A directive stands at the beginning of a message, or it is none. */
const SCANNED = 2048;

/** Reads the first directive of a text: `@@waggle key=value …` on a line, or lines of `key=value` up to `@@end`. */
export function readDirective(text: string): Directive | undefined {
  const found = locate(text);
  if (!found) return undefined;
  const pairs = found.isBlock ? found.said.split('\n') : found.said.split(/\s+/);
  return new Map(
    pairs
      .map((pair) => pair.trim())
      .filter((pair) => pair.indexOf('=') > 0)
      .map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]),
  );
}

/** The text without its first directive. */
export function withoutDirective(text: string): string {
  const found = locate(text);
  if (!found) return text;
  const rest = text.slice(0, found.start) + text.slice(found.end);
  return found.end >= text.length ? rest.trimEnd() : rest;
}

interface Located {
  readonly start: number;
  /** Behind the line's end. */
  readonly end: number;
  readonly said: string;
  readonly isBlock: boolean;
}

function locate(text: string): Located | undefined {
  const scanned = text.slice(0, SCANNED);
  const marker = MARKER.exec(scanned);
  if (!marker) return undefined;
  const from = marker.index + marker[0].length;
  const lineEnd = endOfLine(text, from);
  const line = text.slice(from, lineEnd).trim();
  if (line !== '') return { start: marker.index, end: lineEnd + 1, said: line, isBlock: false };
  const end = scanned.indexOf(END, lineEnd);
  if (end < 0) return undefined;
  return { start: marker.index, end: endOfLine(text, end) + 1, said: text.slice(lineEnd, end), isBlock: true };
}

function endOfLine(text: string, from: number): number {
  const end = text.indexOf('\n', from);
  return end < 0 ? text.length : end;
}
