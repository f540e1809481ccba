import type { JsonObject, Operation } from '../../snapshot/snapshot.js';
import type { ClientError } from '../client-error.js';
import type { NameRule } from '../quirks/plain-names.js';
import type { Answer, AnswerEvent, Conversation } from './conversation.js';
import type { TranslationContext } from './translation.js';

/** The half of a dialect that clients need: their requests are read, their answers written. */
export interface ClientDialect {
  /** Throws `relayErrors` for what is wrong in it; notes what the neutral form has no place for. */
  readRequest(body: JsonObject, context: TranslationContext): Conversation;
  writeAnswer(answer: Answer, context: TranslationContext): JsonObject;
  /** For one stream. */
  streamWriter(context: TranslationContext): StreamWriter;
}

/** Writes the steps of an answer as a client wants them. */
export interface StreamWriter {
  /** The text to send for one step; empty when there is nothing to send yet. */
  write(event: AnswerEvent): string;
  /** What ends the stream, with a word of ours if there is one. Call it once all steps were written. */
  end(note?: JsonObject): string;
  /** What ends it instead when it failed, in dialects that want more than an error event. */
  fail?(error: ClientError): string;
}

/** The half of a dialect that upstreams need: requests are written to them, their answers read. */
export interface UpstreamDialect {
  /** What such an upstream is asked to do. */
  readonly operation: Operation;
  /** Whether it gives the usage of streams only when it is asked to. */
  readonly asksForUsage: boolean;
  /** What it takes as the name of a tool. */
  readonly toolNames: NameRule;
  /** Throws `relayErrors` for what can't be said in it; notes what is left out or comes only near. */
  writeRequest(conversation: Conversation, context: TranslationContext): JsonObject;
  /** Throws `ForeignAnswer` when it isn't one. */
  readAnswer(json: JsonObject): Answer;
  /** For one stream. */
  streamReader(): StreamReader;
  /** Takes the bytes of a stream apart; server-sent events when left out. */
  decoder?(): StreamDecoder;
  /** Explains a refusal (400, 404, 413, 422); the status is kept. */
  readError(status: number, body: Buffer): ClientError;
}

/** One message of a stream, as its framing has it. */
export interface StreamMessage {
  /** The `event:` line, or what the framing has in its place; empty when there is none. */
  readonly event: string;
  /** The parsed payload. */
  readonly data: JsonObject;
}

/** Cuts a stream's bytes into messages, whatever the borders of chunks. */
export interface StreamDecoder {
  /** Throws `ForeignAnswer` for what can't be read at all, and for messages beyond a bound. */
  push(chunk: Buffer): readonly StreamMessage[];
  /** Whether the framing itself said that nothing follows (`[DONE]`). */
  readonly isDone: boolean;
}

/** Understands the messages of one stream. */
export interface StreamReader {
  /** Messages of unknown kinds mean nothing. */
  read(message: StreamMessage): readonly AnswerEvent[];
  /** Whether the upstream finished what it had to say: an end before that is a cut. */
  readonly isComplete: boolean;
  /** Whether nothing can follow. */
  readonly isOver: boolean;
}
