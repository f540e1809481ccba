import { skipString } from '../body/json-scan.js';

const QUOTE = 0x22;
const COLON = 0x3a;
const INITIAL_BYTES = 512;

/** Names whose text values are generated output, in the deltas of chat and completions. */
const OUTPUT_NAMES = ['content', 'reasoning_content', 'reasoning', 'refusal', 'arguments', 'text'].map((name) =>
  Buffer.from(name),
);

/**
 * Keeps the text that a stream has generated so far, still escaped as JSON, for the case that its usage never comes. It
 * holds at most `limit` bytes and counts what it leaves out.
 */
export class TextTap {
  private buffer = Buffer.allocUnsafe(INITIAL_BYTES);
  private length = 0;
  private leftOut = 0;

  constructor(private readonly limit: number) {}

  /** The text so far (JSON escapes kept) and the bytes beyond the limit. */
  read(): { readonly text: string; readonly omittedBytes: number } {
    return { text: this.buffer.toString('utf8', 0, this.length), omittedBytes: this.leftOut };
  }

  get isEmpty(): boolean {
    return this.length === 0;
  }

  /** All bytes so far, those beyond the limit too. */
  get size(): number {
    return this.length + this.leftOut;
  }

  /** Takes every output text inside the JSON value in `[start, end)`. */
  takeFrom(raw: Buffer, start: number, end: number): void {
    let isOutput = false;
    for (let at = start; at < end; at++) {
      if (raw[at] !== QUOTE) continue;
      const close = skipString(raw, at, end);
      if (raw[close] === COLON) isOutput = isOutputName(raw, at + 1, close - 1);
      else if (isOutput) this.take(raw, at + 1, close - 1);
      at = close - 1;
    }
  }

  /** Takes the bytes in `[start, end)`. */
  take(raw: Buffer, start: number, end: number): void {
    const room = Math.min(end - start, this.limit - this.length);
    this.leftOut += end - start - room;
    if (room <= 0) return;
    if (this.length + room > this.buffer.length) this.grow(this.length + room);
    this.length += raw.copy(this.buffer, this.length, start, start + room);
  }

  private grow(needed: number): void {
    const larger = Buffer.allocUnsafe(Math.min(this.limit, Math.max(needed, this.buffer.length * 2)));
    this.buffer.copy(larger, 0, 0, this.length);
    this.buffer = larger;
  }
}

function isOutputName(raw: Buffer, start: number, end: number): boolean {
  for (const name of OUTPUT_NAMES) {
    if (name.length === end - start && name.compare(raw, start, end) === 0) return true;
  }
  return false;
}

/** All output text inside one JSON value, escapes kept. */
export function outputTextOf(value: Buffer): ReturnType<TextTap['read']> {
  const tap = new TextTap(value.length);
  tap.takeFrom(value, 0, value.length);
  return tap.read();
}
