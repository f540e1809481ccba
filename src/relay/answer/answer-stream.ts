import type { LedgerUsage } from '../../journal/ledger-record.js';
import type { ClientError } from '../client-error.js';
import type { EarlyEnd } from './ending/stream-ender.js';

/**
 * Stands between an upstream's stream and the client: bytes in, bytes out, in the caller's turn. What ends the stream is
 * held back until `finish`, so that the call can be settled before its last byte.
 */
export interface AnswerStream {
  /** Takes bytes from the upstream; returns those to send on now, if any. Throws when they can't be read. */
  push(chunk: Buffer): Buffer | undefined;
  /** The bytes that end the stream. Call it once the upstream ended and `isComplete` is true. */
  finish(): Buffer | undefined;
  /** What ends it when it failed, in dialects that want more than an error event. */
  fail?(error: ClientError): Buffer | undefined;
  /** Whether the answer has grown as far as it may; nothing is sent on after that. */
  readonly isSpent?: boolean;
  /** What ends it then, in place of `finish`. */
  cutShort?(end: EarlyEnd): Buffer;
  /** What the upstream said was used; `undefined` as long as it said nothing. */
  readonly usage: LedgerUsage | undefined;
  /** Whether the upstream finished its answer: only then may the client see a clean end. */
  readonly isComplete: boolean;
  /** Whether nothing can follow: the last event came. An upstream may keep its connection open all the same. */
  readonly isOver: boolean;
  /** Whether the upstream sent an error in its stream. */
  readonly hasFailed: boolean;
  /** What that error says, where it was kept. Not safe to show. */
  readonly upstreamError?: Buffer | undefined;
  /** The id of a response that came as it is. */
  readonly answerId?: string | undefined;
  /** The generated text so far, escaped as JSON, for counting it when no usage comes. */
  generated(): { readonly text: string; readonly omittedBytes: number };
}
