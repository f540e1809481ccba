import { promisify } from 'node:util';
import { brotliDecompress, gunzip, inflate, inflateRaw, zstdDecompress, type InputType } from 'node:zlib';

/** Why compressed bytes could not be read. */
export class DecodeError extends Error {
  constructor(
    readonly reason: 'unsupported' | 'too_large' | 'corrupt',
    options?: ErrorOptions,
  ) {
    super(reason, options);
    this.name = 'DecodeError';
  }
}

type Decoder = (input: InputType, options: { maxOutputLength: number }) => Promise<Buffer>;

const unzip = promisify(gunzip) as Decoder;
const inflateZlib = promisify(inflate) as Decoder;
const inflateBare = promisify(inflateRaw) as Decoder;

const DECODERS: ReadonlyMap<string, Decoder> = new Map([
  ['gzip', unzip],
  ['x-gzip', unzip],
  // RFC 9110 means zlib by "deflate"; some senders leave its header out. The low nibble 8 is zlib's method.
  [
    'deflate',
    (input, options) =>
      (((input as Buffer)[0] ?? 0) & 0x0f) === 8 ? inflateZlib(input, options) : inflateBare(input, options),
  ],
  ['br', promisify(brotliDecompress) as Decoder],
  ['zstd', promisify(zstdDecompress) as Decoder],
]);

/**
 * Undoes a `Content-Encoding`, off the main thread, to at most `limit` bytes. Returns `raw` itself for no encoding or
 * `identity`. Throws `DecodeError`.
 */
export async function decodeBody(raw: Buffer, encoding: string | undefined, limit: number): Promise<Buffer> {
  const name = encoding?.trim().toLowerCase() ?? '';
  if (name === '' || name === 'identity') return raw;
  const decode = DECODERS.get(name);
  if (!decode) throw new DecodeError('unsupported');
  try {
    return await decode(raw, { maxOutputLength: limit });
  } catch (cause) {
    const isTooLarge = cause instanceof Error && 'code' in cause && cause.code === 'ERR_BUFFER_TOO_LARGE';
    throw new DecodeError(isTooLarge ? 'too_large' : 'corrupt', { cause });
  }
}
