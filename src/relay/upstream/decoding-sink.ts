import type { Transform } from 'node:stream';
import { constants, createBrotliDecompress, createGunzip, createInflate, createZstdDecompress } from 'node:zlib';
import type { AnswerSink, Exchange, ExchangeFailure } from './exchange.js';

const DECODERS: ReadonlyMap<string, () => Transform> = new Map<string, () => Transform>([
  ['gzip', () => createGunzip({ flush: constants.Z_SYNC_FLUSH })],
  ['x-gzip', () => createGunzip({ flush: constants.Z_SYNC_FLUSH })],
  ['deflate', () => createInflate({ flush: constants.Z_SYNC_FLUSH })],
  ['br', () => createBrotliDecompress({ flush: constants.BROTLI_OPERATION_FLUSH })],
  ['zstd', () => createZstdDecompress()],
]);

/**
 * Puts a decoder before `sink` for an answer that is streamed and encoded, though we asked for it plain. Returns
 * `undefined` for an encoding that we don't know.
 */
export function decodingSink(encoding: string, exchange: Exchange, sink: AnswerSink): AnswerSink | undefined {
  const decoder = DECODERS.get(encoding.trim().toLowerCase())?.();
  return decoder && new DecodingSink(decoder, exchange, sink);
}

class DecodingSink implements AnswerSink {
  private failure: ExchangeFailure | undefined;

  constructor(
    private readonly decoder: Transform,
    private readonly exchange: Exchange,
    sink: AnswerSink,
  ) {
    decoder.on('data', (chunk: Buffer) => sink.onChunk(chunk));
    decoder.on('drain', () => exchange.resume());
    decoder.once('end', () => sink.onEnd());
    decoder.once('error', (cause) => sink.onBreak(this.failure ?? { wasSent: true, cut: undefined, cause }));
  }

  onChunk(chunk: Buffer): void {
    if (!this.decoder.write(chunk)) this.exchange.pause();
  }

  onEnd(): void {
    this.decoder.end();
  }

  onBreak(failure: ExchangeFailure): void {
    this.failure = failure;
    this.decoder.destroy(failure.cause);
  }
}
