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
    to += copyBytes(raw, { start: from, end: start }, result, to);
    to += copyBytes(bytes, { start: 0, end: bytes.length }, result, to);
    from = end;
  }
  copyBytes(raw, { start: from, end: raw.length }, result, to);
  return result;
}

/** So few are copied sooner here than by a native call. */
const FEW_BYTES = 48;

/** Copies `[start, end)` to `at`; gives how many bytes that are. */
function copyBytes(bytes: Buffer, { start, end }: Omit<Splice, 'bytes'>, to: Buffer, at: number): number {
  if (end - start > FEW_BYTES) return bytes.copy(to, at, start, end);
  for (let from = start; from < end; from++) to[at + from - start] = bytes[from]!;
  return end - start;
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
