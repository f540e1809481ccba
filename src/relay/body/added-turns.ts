import { isArraySpan, scanArray, scanObject } from './json-scan.js';

/** A chat's body with more turns behind its messages; all else stays as it came. */
export function withTurns(raw: Buffer, turns: readonly object[]): Buffer {
  const span = scanObject(raw).get('messages');
  if (!span || !isArraySpan(raw, span)) throw new Error('a chat has messages');
  const text = turns.map((turn) => JSON.stringify(turn)).join(',');
  const isFirst = scanArray(raw, span).length === 0;
  const end = span.end - 1;
  return Buffer.concat([raw.subarray(0, end), Buffer.from(isFirst ? text : `,${text}`), raw.subarray(end)]);
}
