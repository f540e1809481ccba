import { randomFillSync } from 'node:crypto';

/** Random bytes of an id, and of how many they are drawn at once. */
const RANDOM_BYTES = 10;
const pool = new Uint8Array(RANDOM_BYTES * 256);
const DIGITS = Buffer.from('0123456789abcdef');
const TIME_DIGITS = [0, 1, 2, 3, 4, 5, 6, 7, 9, 10, 11, 12] as const;
const text = Buffer.from('00000000-0000-7000-8000-000000000000');
let used = pool.length;
let time = 0;

/**
 * A new row id: UUID version 7 (RFC 9562), so that ids sort by time of creation. Node's `randomUUIDv7` gives a text that is a
 * rope of twenty parts, which takes twice as long to make and to read, and each call has two.
 */
export function newId(): string {
  const now = Date.now();
  if (now !== time) writeTime(now);
  if (used === pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  text[15] = digit(byte(0));
  writeByte(16, byte(1));
  text[19] = digit(0b1000 | (byte(0) >> 6)); // the variant, and two bits that are left
  text[20] = digit(byte(2));
  writeByte(21, byte(3));
  for (let i = 4; i < RANDOM_BYTES; i++) writeByte(16 + 2 * i, byte(i));
  used += RANDOM_BYTES;
  return text.toString('latin1');
}

function writeTime(ms: number): void {
  time = ms;
  let rest = ms;
  for (let i = TIME_DIGITS.length - 1; i >= 0; i--) {
    text[TIME_DIGITS[i]!] = digit(rest % 16);
    rest = Math.floor(rest / 16);
  }
}

function byte(index: number): number {
  return pool[used + index]!;
}

function writeByte(at: number, value: number): void {
  text[at] = digit(value >> 4);
  text[at + 1] = digit(value);
}

/** Of the lowest four bits. */
function digit(value: number): number {
  return DIGITS[value & 15]!;
}
