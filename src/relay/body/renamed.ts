import type { JsonBody } from './json-body.js';
import { applySplices, splicedPieces, type Splice } from './splice.js';

/** A whole number that a member of the body shall be, whatever it was. */
export interface Maximum {
  readonly member: 'max_tokens' | 'max_completion_tokens' | 'max_output_tokens';
  readonly tokens: number;
}

/** From this size on it is cheaper to write several pieces than to copy a body into one. */
const LARGE_BYTES = 64 * 1024;
const MOST_NAMES = 1000;
const CLOSE = 0x7d;
const names = new Map<string, Buffer>();

/** A body that has a model's name, as most go upstream: nothing changes but the name, and perhaps how long the answer may be. */
export function renamed({ raw, members }: JsonBody, model: string, maximum: Maximum | undefined): Buffer[] | undefined {
  const place = members.get('model');
  if (!place) return undefined;
  const name: Splice = { start: place.start, end: place.end, bytes: nameBytes(model) };
  if (!maximum) return piecesOf(raw, [name]);
  const given = members.get(maximum.member);
  if (given) return piecesOf(raw, [name, { ...given, bytes: Buffer.from(String(maximum.tokens)) }]);
  const end = lastBrace(raw);
  return piecesOf(raw, [name, { start: end, end, bytes: Buffer.from(`,"${maximum.member}":${maximum.tokens}`) }]);
}

/** The edited bytes: a small body in one piece. */
export function piecesOf(raw: Buffer, splices: readonly Splice[]): Buffer[] {
  return raw.length < LARGE_BYTES ? [applySplices(raw, splices)] : splicedPieces(raw, splices);
}

/** The JSON text of a model's name; there are few of them, and each comes with many calls. */
function nameBytes(model: string): Buffer {
  let bytes = names.get(model);
  if (!bytes) {
    if (names.size >= MOST_NAMES) names.clear();
    bytes = Buffer.from(JSON.stringify(model));
    names.set(model, bytes);
  }
  return bytes;
}

/** Where the object ends, behind which there is only space. */
function lastBrace(raw: Buffer): number {
  let at = raw.length - 1;
  while (raw[at] !== CLOSE) at--;
  return at;
}
