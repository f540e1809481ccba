import { isArraySpan, isObjectSpan, parseSpan, scanArray, scanObject, type Span } from '../body/json-scan.js';
import { applySplices, type Splice } from '../body/splice.js';

/** How a client wants its vectors. */
export interface VectorWish {
  readonly encoding: 'base64' | 'float';
  /** How many numbers each shall have; `undefined` as many as there are. */
  readonly dimensions: number | undefined;
}

/** Embeddings as they were wished for. */
export interface WishedEmbeddings {
  readonly body: Buffer;
  /** Whether vectors were cut to what was wished. */
  readonly isCut: boolean;
  /** Whether vectors have fewer numbers than was wished. */
  readonly isShort: boolean;
}

const EMBEDDING = '"embedding"';
const BYTES = 4;

/**
 * Makes vectors what the client wished where its upstream gave them otherwise: of base64 (little-endian float32) numbers,
 * and the other way round; too long ones cut and made unit vectors again, as OpenAI does. What is right stays as it came.
 */
export function wishedEmbeddings(raw: Buffer, wish: VectorWish): WishedEmbeddings {
  const given = encodingOf(raw);
  const hasEncoding = given === undefined || given === wish.encoding;
  if (hasEncoding && (given === undefined || wish.dimensions === undefined)) return asItCame(raw);
  const spans = vectorsIn(raw);
  const lengths = hasEncoding ? spans.slice(0, 1) : spans; // all have the length of the first
  const vectors = lengths.map((span) => readVector(raw, span));
  const isCut = vectors.some((vector) => vector !== undefined && vector.length > (wish.dimensions ?? Infinity));
  const isShort = vectors.some((vector) => vector !== undefined && vector.length < (wish.dimensions ?? 0));
  if (hasEncoding && !isCut) return { ...asItCame(raw), isShort };
  return {
    body: applySplices(
      raw,
      spans.flatMap((span) => rewritten(raw, span, wish)),
    ),
    isCut,
    isShort,
  };
}

function asItCame(body: Buffer): WishedEmbeddings {
  return { body, isCut: false, isShort: false };
}

function rewritten(raw: Buffer, span: Span, { encoding, dimensions }: VectorWish): Splice[] {
  const vector = readVector(raw, span);
  return vector ? [{ ...span, bytes: Buffer.from(written(cut(vector, dimensions), encoding)) }] : [];
}

/** The encoding of the first vector, found without reading the rest. */
function encodingOf(raw: Buffer): VectorWish['encoding'] | undefined {
  for (let at = raw.indexOf(EMBEDDING); at !== -1; at = raw.indexOf(EMBEDDING, at + 1)) {
    const colon = skipBlanks(raw, at + EMBEDDING.length);
    if (raw[colon] !== 0x3a) continue; // it was a value
    const first = raw[skipBlanks(raw, colon + 1)];
    if (first === 0x22) return 'base64';
    return first === 0x5b ? 'float' : undefined;
  }
  return undefined;
}

function skipBlanks(raw: Buffer, from: number): number {
  let at = from;
  while (raw[at] === 0x20 || raw[at] === 0x0a || raw[at] === 0x0d || raw[at] === 0x09) at++;
  return at;
}

function vectorsIn(raw: Buffer): Span[] {
  const data = scanObject(raw).get('data');
  if (!data || !isArraySpan(raw, data)) return [];
  return scanArray(raw, data).flatMap((item) => {
    const span = isObjectSpan(raw, item) ? scanObject(raw, item.start, item.end).get('embedding') : undefined;
    return span ? [span] : [];
  });
}

/** `undefined` for what is no vector of numbers, of which there are other kinds (one for each token, say). */
function readVector(raw: Buffer, span: Span): readonly number[] | undefined {
  const value: unknown = parseSpan(raw, span);
  if (Array.isArray(value)) return value.every((one) => typeof one === 'number') ? value : undefined;
  if (typeof value !== 'string') return undefined;
  const bytes = Buffer.from(value, 'base64');
  if (bytes.length === 0 || bytes.length % BYTES !== 0) return undefined;
  return Array.from({ length: bytes.length / BYTES }, (_, index) => bytes.readFloatLE(index * BYTES));
}

function cut(vector: readonly number[], dimensions = vector.length): readonly number[] {
  if (vector.length <= dimensions) return vector;
  const kept = vector.slice(0, dimensions);
  const length = Math.hypot(...kept);
  return length === 0 ? kept : kept.map((value) => Math.fround(value / length));
}

function written(vector: readonly number[], encoding: VectorWish['encoding']): string {
  if (encoding === 'float') return JSON.stringify(vector);
  const bytes = Buffer.alloc(vector.length * BYTES);
  for (const [index, value] of vector.entries()) bytes.writeFloatLE(value, index * BYTES);
  return `"${bytes.toString('base64')}"`;
}
