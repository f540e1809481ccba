/** Bytes to put in the place of `[start, end)`; an insertion has `start === end`. */
export interface Splice {
  readonly start: number;
  readonly end: number;
  readonly bytes: Buffer;
}

/** `raw` with the splices applied, which must not overlap. Insertions at one place keep their order. Copies once. */
export function applySplices(raw: Buffer, splices: readonly Splice[]): Buffer {
  if (splices.length === 0) return raw;
  const ordered = splices.length === 1 ? splices : splices.toSorted((a, b) => a.start - b.start || a.end - b.end);
  let length = raw.length;
  for (const { start, end, bytes } of ordered) length += bytes.length - (end - start);
  const result = Buffer.allocUnsafe(length);
  let from = 0;
  let to = 0;
  for (const { start, end, bytes } of ordered) {
    to += raw.copy(result, to, from, start);
    to += bytes.copy(result, to);
    from = end;
  }
  raw.copy(result, to, from);
  return result;
}
