import type { LedgerUsage } from '../../journal/ledger-record.js';
import type { JsonObject, ModelEntry, Operation } from '../../snapshot/snapshot.js';
import type { AnswerStream } from '../answer/answer-stream.js';
import type { ClientError } from '../client-error.js';
import type { ToolNames } from '../quirks/plain-names.js';
import type { Notes } from './notes.js';
import type { ClientTools } from './openai-responses/response-tools.js';

/** What a translation must know of a call beside its body. */
export interface TranslationContext {
  readonly model: ModelEntry;
  /** The name of the model that the client sees. */
  readonly shownModel: string;
  /** 32 hex digits; ids in the answer are made of it. */
  readonly id: string;
  readonly createdSeconds: number;
  /** Whether the upstream is asked for a stream. */
  readonly isStreamed: boolean;
  /** Whether the client asked for the usage of its stream, in dialects where that is a choice. */
  readonly asksForUsage: boolean;
  /** Whether the upstream may be asked for the usage of its stream, in dialects where that is a choice. */
  readonly mayAskForUsage: boolean;
  /** How far a streamed answer may grow; `undefined`: as far as its upstream lets it. */
  readonly mostOutputTokens?: number | undefined;
  /** Filled by the translation of the request. */
  readonly notes: Notes;
  /** What the answer repeats of its request, in dialects that do; set by the translation of the request. */
  echo: JsonObject;
  /** The tools that go by another name at the upstream; set by the translation of the request. */
  toolNames?: ToolNames | undefined;
  /** How the client knows its tools, in dialects with several kinds; set by the translation of the request. */
  clientTools?: ClientTools | undefined;
}

/** An upstream's whole answer in the client's dialect, and what it says was used. */
export interface TranslatedAnswer {
  readonly json: JsonObject;
  readonly usage: LedgerUsage | undefined;
  /** The generated text, for counting it when usage is missing. */
  readonly text: string;
}

/** A whole answer as a stream. */
export interface UnfoldedAnswer extends Omit<TranslatedAnswer, 'json'> {
  readonly events: string;
}

/** Carries one call from a client's dialect to an upstream's and back. It has no state of its own. */
export interface Translation {
  /** What the upstream is asked to do: a response may come of a chat. */
  readonly operation: Operation;
  /** Whether the upstream gives the usage of streams only when it is asked to. */
  readonly asksForUsage: boolean;
  /** The body for upstream. Throws `relayErrors` for what can't be said there at all. */
  request(body: JsonObject, context: TranslationContext): JsonObject;
  /** Throws `ForeignAnswer` when it isn't what the upstream's dialect promises. */
  answer(json: JsonObject, context: TranslationContext): TranslatedAnswer;
  /** The same as the stream that the client asked for, when the upstream gave none. */
  unfolded(json: JsonObject, context: TranslationContext): UnfoldedAnswer;
  /** For one streamed answer. */
  stream(context: TranslationContext): AnswerStream;
  /** Explains an upstream's refusal of what the caller sent. */
  refusal(status: number, body: Buffer): ClientError;
}

/** An upstream's answer is not in its dialect. */
export class ForeignAnswer extends Error {
  override readonly name = 'ForeignAnswer';
}
