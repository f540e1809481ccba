import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { decodeBody, DecodeError } from './decode-body.js';

const text = Buffer.from('{"model":"m"}');
const LIMIT = 1024;

describe(decodeBody.name, () => {
  it.each([
    ['gzip', gzipSync(text)],
    ['GZIP', gzipSync(text)],
    ['br', brotliCompressSync(text)],
    ['deflate', deflateSync(text)],
    ['deflate', deflateRawSync(text)],
    ['zstd', zstdCompressSync(text)],
    ['identity', text],
    [undefined, text],
  ])('reads %s', async (encoding, raw) => {
    expect((await decodeBody(raw, encoding, LIMIT)).toString()).toBe(text.toString());
  });

  const bomb = Buffer.alloc(10 * 1024 * 1024);
  it.each([
    ['gzip', gzipSync(bomb), 'too_large'],
    ['br', brotliCompressSync(bomb), 'too_large'],
    ['zstd', zstdCompressSync(bomb), 'too_large'],
    ['gzip', text, 'corrupt'],
    ['gzip, br', text, 'unsupported'],
    ['compress', text, 'unsupported'],
  ])('refuses %s that is not as it should be', async (encoding, raw, reason) => {
    const refusal = await decodeBody(raw, encoding, LIMIT).catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(DecodeError);
    expect(refusal).toMatchObject({ reason });
  });
});
