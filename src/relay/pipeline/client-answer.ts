import type { EventEmitter } from 'node:events';

/** Where an answer goes: what of a server's response the pipeline needs. */
export interface ClientAnswer extends EventEmitter {
  readonly headersSent: boolean;
  readonly destroyed: boolean;
  /** Whether all of it has left this process. */
  readonly writableFinished: boolean;
  readonly writableLength: number;
  writeHead(status: number, headers: Record<string, string>): unknown;
  /** Returns `false` when nothing should be written before the next `drain`. */
  write(chunk: Buffer): boolean;
  end(chunk?: Buffer): unknown;
  destroy(): unknown;
}
