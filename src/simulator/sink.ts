import type { ServerResponse } from 'node:http';
import { constants, createBrotliCompress, createDeflate, createGzip } from 'node:zlib';
import type { Directives } from './directives.js';

/** Where bytes go. A write is flushed on its own, and resolves once the operating system has it or the caller left. */
export interface Sink {
  write(data: string | Buffer): Promise<void>;
  end(): Promise<void>;
}

/** The way to the caller: straight, compressed, or in small pieces. */
export function openSink(response: ServerResponse, { encoding, split }: Directives): Sink {
  const socket = plainSink(response);
  const cutUp = split ? splitSink(socket, split) : socket;
  return encoding ? compressedSink(cutUp, encoding) : cutUp;
}

function plainSink(response: ServerResponse): Sink {
  return {
    write: (data) =>
      new Promise((resolve) => {
        if (response.destroyed) return resolve();
        response.write(data, () => resolve()); // called with an error too when the caller leaves
      }),
    end: () => new Promise((resolve) => (response.destroyed ? resolve() : response.end(() => resolve()))),
  };
}

function splitSink(sink: Sink, size: number): Sink {
  return {
    write: async (data) => {
      const bytes = Buffer.from(data);
      for (let i = 0; i < bytes.length; i += size) await sink.write(bytes.subarray(i, i + size));
    },
    end: () => sink.end(),
  };
}

function compressedSink(sink: Sink, encoding: 'gzip' | 'deflate' | 'br'): Sink {
  const flush = encoding === 'br' ? constants.BROTLI_OPERATION_FLUSH : constants.Z_SYNC_FLUSH;
  const create = { gzip: createGzip, deflate: createDeflate, br: createBrotliCompress }[encoding];
  const compressor = create({ flush });
  const take = async (): Promise<void> => {
    const bytes: Buffer | null = compressor.read();
    if (bytes) await sink.write(bytes);
  };
  return {
    write: async (data) => {
      await new Promise((resolve) => compressor.write(data, resolve));
      await take();
    },
    end: async () => {
      const ended = new Promise((resolve) => compressor.once('readable', resolve));
      compressor.end();
      await ended;
      await take();
      await sink.end();
    },
  };
}
