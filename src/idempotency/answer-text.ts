import type { KeptAnswer } from './keyed-answers.js';

const LENGTH_BYTES = 4;

/** An answer as one piece of bytes: the length of its head, its head as JSON, its body. */
export function packAnswer({ body, costPicos, ...head }: KeptAnswer): Buffer {
  const json = Buffer.from(JSON.stringify({ ...head, costPicos: costPicos === null ? null : String(costPicos) }));
  const length = Buffer.alloc(LENGTH_BYTES);
  length.writeUInt32BE(json.length);
  return Buffer.concat([length, json, body]);
}

/** The answer that was packed so. */
export function unpackAnswer(bytes: Buffer): KeptAnswer {
  const bodyAt = LENGTH_BYTES + bytes.readUInt32BE();
  const head = JSON.parse(bytes.toString('utf8', LENGTH_BYTES, bodyAt)) as Omit<KeptAnswer, 'body' | 'costPicos'> & {
    costPicos: string | null;
  };
  const { costPicos } = head;
  return { ...head, costPicos: costPicos === null ? null : BigInt(costPicos), body: bytes.subarray(bodyAt) };
}
