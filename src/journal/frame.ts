import { crc32 } from 'node:zlib';

/** A frame is `[u32 length][u32 crc32][text]`, little endian; the length and the checksum are the text's. */
export const FRAME_HEADER_BYTES = 8;

/** No text is longer; a length above it is damage. */
export const MAX_TEXT_BYTES = 16 * 1024 * 1024;

/** What was found at the start of some bytes. */
export interface Frames {
  /** The texts, as views into the bytes that were given. */
  readonly texts: Buffer[];
  /** How many bytes the texts and their headers take. */
  readonly consumed: number;
  /** How many bytes the frame after them takes, header included, when only a part of it is here; else 0. */
  readonly needed: number;
  /** Whether what follows is no frame: a wrong checksum, or a length that can't be. */
  readonly isBroken: boolean;
}

/** Writes the header of a text that already stands at `start + FRAME_HEADER_BYTES`. */
export function sealFrame(bytes: Buffer, start: number, textBytes: number): void {
  const textStart = start + FRAME_HEADER_BYTES;
  bytes.writeUInt32LE(textBytes, start);
  bytes.writeUInt32LE(crc32(bytes.subarray(textStart, textStart + textBytes)), start + 4);
}

/** Reads whole frames from the start of `bytes`, up to `maxTexts` of them. Never throws, whatever the bytes are. */
export function readFrames(bytes: Buffer, maxTexts = Infinity): Frames {
  const texts: Buffer[] = [];
  let offset = 0;
  while (texts.length < maxTexts) {
    if (bytes.length - offset < FRAME_HEADER_BYTES) {
      return { texts, consumed: offset, needed: offset === bytes.length ? 0 : FRAME_HEADER_BYTES, isBroken: false };
    }
    const length = bytes.readUInt32LE(offset);
    if (length === 0 || length > MAX_TEXT_BYTES) return { texts, consumed: offset, needed: 0, isBroken: true };
    const start = offset + FRAME_HEADER_BYTES;
    if (start + length > bytes.length) {
      return { texts, consumed: offset, needed: FRAME_HEADER_BYTES + length, isBroken: false };
    }
    const text = bytes.subarray(start, start + length);
    if (crc32(text) !== bytes.readUInt32LE(offset + 4)) return { texts, consumed: offset, needed: 0, isBroken: true };
    texts.push(text);
    offset = start + length;
  }
  return { texts, consumed: offset, needed: 0, isBroken: false };
}

const JSONB_VERSION = 0x01; // its binary form begins with it
const OPEN = 0x5b;
const CLOSE = 0x5d;
const COMMA = 0x2c;
const SPACE = 0x20;

/**
 * Turns the frames in `[0, consumed)` into a JSON array, in jsonb's binary form, where they stand: the headers become its
 * brackets and commas. One byte behind them is written, too.
 */
export function framesAsJsonb(bytes: Buffer, consumed: number, texts: readonly Buffer[]): Buffer {
  clear(bytes, 0);
  bytes[0] = JSONB_VERSION;
  bytes[1] = OPEN;
  let at = 0;
  for (let i = 1; i < texts.length; i++) {
    at += FRAME_HEADER_BYTES + texts[i - 1]!.length;
    clear(bytes, at);
    bytes[at] = COMMA;
  }
  bytes[consumed] = CLOSE;
  return bytes.subarray(0, consumed + 1);
}

/** Puts spaces in the place of a header. Byte by byte: a native call costs many times as much. */
function clear(bytes: Buffer, at: number): void {
  for (let i = at; i < at + FRAME_HEADER_BYTES; i++) bytes[i] = SPACE;
}
