const LF = 0x0a;
const CR = 0x0d;

/** How large one event may grow before its end must have come. */
export const MAX_FRAME_BYTES = 16 * 1024 * 1024;

/**
 * The index behind the first server-sent event that ends in `raw` at or after `from` (its blank line included), or -1.
 * Lines may end with LF or CRLF. `resumeAt` is where a search should go on once more bytes have come.
 */
export function frameEnd(raw: Buffer, from: number): number {
  let at = raw.indexOf(LF, from);
  while (at !== -1) {
    const next = raw[at + 1];
    if (next === LF) return at + 2;
    if (next === CR && raw[at + 2] === LF) return at + 3;
    at = raw.indexOf(LF, at + 1);
  }
  return -1;
}

/** The bytes of one frame's `data`: where its payload begins and ends, when it has exactly one data line. */
export interface FrameData {
  start: number;
  end: number;
  /** How many data lines the frame has. */
  lines: number;
}

/** Finds the data line of the frame in `[start, end)`. `into` is written, so that no object is made for each frame. */
export function findData(raw: Buffer, start: number, end: number, into: FrameData): void {
  into.lines = 0;
  let line = start;
  while (line < end) {
    const newline = raw.indexOf(LF, line);
    const lineEnd = newline === -1 || newline >= end ? end : newline;
    if (isData(raw, line)) {
      into.lines++;
      into.start = raw[line + 5] === 0x20 ? line + 6 : line + 5;
      into.end = lineEnd > line && raw[lineEnd - 1] === CR ? lineEnd - 1 : lineEnd;
    }
    line = lineEnd + 1;
  }
}

/** Whether the line at `at` begins with `data:`. */
function isData(raw: Buffer, at: number): boolean {
  return (
    raw[at] === 0x64 && raw[at + 1] === 0x61 && raw[at + 2] === 0x74 && raw[at + 3] === 0x61 && raw[at + 4] === 0x3a
  );
}
