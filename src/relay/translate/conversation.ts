import type { LedgerUsage } from '../../journal/ledger-record.js';
import type { JsonObject, JsonValue } from '../../snapshot/snapshot.js';

/**
 * What every dialect of conversation comes down to: the one form through which requests are translated. It names all
 * that more than one dialect has; what only one has, its reader notes as dropped (docs/adr/0011).
 */
export interface Conversation {
  /** All instructions, in order; dialects that have one place for them get them joined by a line break. */
  readonly system: readonly TextBlock[];
  readonly turns: readonly Turn[];
  readonly tools: readonly Tool[];
  readonly toolChoice: ToolChoice | undefined;
  /** Whether several tools may be called at once; `undefined` leaves it to the model. */
  readonly isParallel: boolean | undefined;
  readonly format: OutputFormat | undefined;
  readonly reasoning: Reasoning | undefined;
  readonly parameters: Parameters;
  readonly isStreamed: boolean;
}

/** What one side says. Several turns of one side may follow each other. */
export interface Turn {
  readonly role: 'user' | 'assistant';
  readonly blocks: readonly Block[];
}

export type Block =
  | TextBlock
  | ImageBlock
  | FileBlock
  | AudioBlock
  | ToolCallBlock
  | ToolResultBlock
  | ThinkingBlock
  | RedactedThinkingBlock
  | RefusalBlock;

interface Cacheable {
  /** Anthropic's `cache_control`, as it came. */
  readonly cache?: JsonValue | undefined;
}

export interface TextBlock extends Cacheable {
  readonly kind: 'text';
  readonly text: string;
}

/** Where the bytes of a picture or file are. `data` is base64. */
export type Source =
  | { readonly kind: 'base64'; readonly mediaType: string; readonly data: string }
  | { readonly kind: 'url'; readonly url: string }
  | { readonly kind: 'id'; readonly id: string };

export interface ImageBlock extends Cacheable {
  readonly kind: 'image';
  readonly source: Source;
  /** OpenAI's `low`, `high` or `auto`. */
  readonly detail?: string | undefined;
}

export interface FileBlock extends Cacheable {
  readonly kind: 'file';
  readonly source: Source;
  readonly name?: string | undefined;
}

export interface AudioBlock {
  readonly kind: 'audio';
  /** `wav`, `mp3`. */
  readonly format: string;
  readonly data: string;
}

export interface ToolCallBlock extends Cacheable {
  readonly kind: 'tool_call';
  readonly id: string;
  readonly name: string;
  /** JSON text of an object, as the model wrote it. */
  readonly arguments: string;
}

export interface ToolResultBlock extends Cacheable {
  readonly kind: 'tool_result';
  /** The id of the call that it answers. */
  readonly id: string;
  readonly content: readonly (TextBlock | ImageBlock | FileBlock)[];
  readonly isError: boolean;
}

/** What the model thought aloud; only with its signature does its provider take it back. */
export interface ThinkingBlock {
  readonly kind: 'thinking';
  readonly text: string;
  readonly signature?: string | undefined;
}

/** Thoughts that only their provider can read. */
export interface RedactedThinkingBlock {
  readonly kind: 'redacted_thinking';
  readonly data: string;
}

export interface RefusalBlock {
  readonly kind: 'refusal';
  readonly text: string;
}

export interface Tool extends Cacheable {
  readonly name: string;
  readonly description?: string | undefined;
  /** A JSON Schema of an object. */
  readonly parameters: JsonObject;
  readonly isStrict?: boolean | undefined;
}

export type ToolChoice =
  | { readonly kind: 'auto' }
  | { readonly kind: 'any' }
  | { readonly kind: 'none' }
  | { readonly kind: 'tool'; readonly name: string };

/** JSON of any form, or JSON that fits a schema. */
export type OutputFormat =
  | { readonly kind: 'json' }
  | {
      readonly kind: 'schema';
      readonly schema: JsonObject;
      readonly name?: string | undefined;
      readonly description?: string | undefined;
      readonly isStrict?: boolean | undefined;
    };

/** How hard the model shall think. What is `undefined` was not said. */
export interface Reasoning {
  readonly mode: 'off' | 'adaptive' | 'on';
  /** `minimal`, `low`, `medium`, `high`… */
  readonly effort?: string | undefined;
  readonly budgetTokens?: number | undefined;
  /** The client's own name for the setting. */
  readonly name: string;
}

/** The settings that dialects share under different names. */
export type ParameterName =
  | 'maxTokens'
  | 'temperature'
  | 'topP'
  | 'topK'
  | 'stop'
  | 'seed'
  | 'presencePenalty'
  | 'frequencyPenalty'
  | 'logitBias'
  | 'logprobs'
  | 'topLogprobs'
  | 'user'
  | 'serviceTier'
  | 'verbosity';

/** A setting and what the client called it, for telling it when it had to be left out. */
export interface Parameter {
  readonly name: string;
  readonly value: JsonValue;
}

export type Parameters = ReadonlyMap<ParameterName, Parameter>;

/** Why a model stopped. */
export type StopReason =
  'stop' | 'stop_sequence' | 'length' | 'context_length' | 'tool_calls' | 'pause' | 'content_filter' | 'refusal';

/** A whole answer. */
export interface Answer {
  readonly blocks: readonly Block[];
  readonly stop: StopReason;
  readonly stopSequence?: string | undefined;
  /** `undefined` when the upstream gave none. */
  readonly usage: LedgerUsage | undefined;
}

/** One step of a streamed answer. A change of kind ends the block before; a tool call's pieces follow its start. */
export type AnswerEvent =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'thinking'; readonly text: string }
  | { readonly kind: 'signature'; readonly signature: string }
  | { readonly kind: 'redacted_thinking'; readonly data: string }
  | { readonly kind: 'refusal'; readonly text: string }
  | { readonly kind: 'tool_call'; readonly index: number; readonly id: string; readonly name: string }
  | { readonly kind: 'arguments'; readonly index: number; readonly text: string }
  | { readonly kind: 'stop'; readonly stop: StopReason; readonly stopSequence?: string | undefined }
  /** What is known by now; later ones replace it. */
  | { readonly kind: 'usage'; readonly usage: LedgerUsage }
  /** The upstream gave up. */
  | { readonly kind: 'error' };
