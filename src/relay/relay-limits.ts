import type { Config } from '../config/config.js';
import type { BodyLimits } from './client/read-body.js';

const MEBIBYTE = 1024 * 1024;

/** The bounds of what a call may cost this process in memory and time. */
export class RelayLimits implements BodyLimits {
  /** Of a request body, packed and unpacked. */
  readonly maxBytes: number;
  readonly maxBytesInFlight: number;
  /** How long a caller may be silent in the middle of its body. */
  readonly idleMs = 15_000;
  /** Of an answer that is read whole; a streamed one has no bound. */
  readonly maxAnswerBytes: number = 128 * MEBIBYTE;
  readonly shutdownGraceMs: number;

  constructor(config: Config) {
    this.maxBytes = config.maxBodyBytes;
    this.maxBytesInFlight = config.maxBytesInFlight;
    this.shutdownGraceMs = config.shutdownGraceSeconds * 1000;
  }
}
