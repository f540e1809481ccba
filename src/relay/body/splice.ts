/** Bytes to put in the place of `[start, end)`; an insertion has `start === end`. */
export interface Splice {
  readonly start: number;
  readonly end: number;
  readonly bytes: Buffer;
}

/** `raw` with the splices applied, which must not overlap. Insertions at one place keep their order. Copies once. */
export function applySplices(raw: Buffer, splices: readonly Splice[]): Buffer {
  if (splices.length === 0) return raw;
  const ordered = inOrder(splices);
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

/** The same without a copy: pieces that are views into `raw`, and what goes between them. For large ones. */
export function splicedPieces(raw: Buffer, splices: readonly Splice[]): Buffer[] {
  const pieces: Buffer[] = [];
  let from = 0;
  for (const { start, end, bytes } of inOrder(splices)) {
    if (start > from) pieces.push(raw.subarray(from, start));
    if (bytes.length > 0) pieces.push(bytes);
    from = end;
  }
  if (from < raw.length) pieces.push(raw.subarray(from));
  return pieces;
}

function inOrder(splices: readonly Splice[]): readonly Splice[] {
  if (splices.length <= 1 || (splices.length === 2 && splices[0]!.end <= splices[1]!.start)) return splices;
  return splices.toSorted((a, b) => a.start - b.start || a.end - b.end);
}
