import type { SeenLoad } from '../../snapshot/provider-loads.js';
import type { JsonObject, ModelEntry, Operation, ProviderEntry } from '../../snapshot/snapshot.js';
import type { Cloud } from '../../config/clouds.js';
import type { CredentialForm } from './credential-form.js';
import type { AnswerErrorClass } from './error-class.js';
import type { Exchange } from './exchange.js';

/**
 * The wire language of one kind of call: what clients speak to us, and what upstreams want to hear. `openai` is all of
 * OpenAI's dialect that is no conversation.
 */
export type Dialect =
  | 'openai'
  | 'openai-chat'
  | 'openai-responses'
  | 'anthropic-messages'
  | 'gemini-content'
  | 'bedrock-converse'
  | 'cohere'
  | 'jina';

/** A model as its provider lists it. */
export interface UpstreamModel {
  readonly upstreamId: string;
  readonly ownedBy: string | null;
  /** Tokens; `null` when the provider doesn't say. */
  readonly contextWindow: number | null;
  /** Whether it is in memory, ready to answer; left out where a provider doesn't say. */
  readonly isLoaded?: boolean;
}

/** An address below which an API is. */
export type Address = Pick<ProviderEntry, 'origin' | 'basePath'>;

/** A list of models beside the first. */
export interface FurtherModels {
  readonly path: string;
  /** Whether the first is not worth showing once there is this one. */
  readonly replacesFirst?: boolean;
}

/** What of a model decides in which dialect it is spoken to. */
export type SpokenModel = Pick<ModelEntry, 'operation' | 'upstreamId' | 'capabilities'>;

/** What of a provider decides where its paths are. */
export type Place = Pick<ProviderEntry, 'basePath' | 'extraHeaders'>;

/** All of a call that a signature covers. */
export interface UnsignedCall {
  readonly origin: string;
  /** With the base path. */
  readonly path: string;
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/**
 * Code that speaks one provider dialect. It is pure: it builds headers and paths and reads answers, and leaves sockets,
 * credentials and retries to its callers.
 */
export interface Driver {
  readonly name: string;
  readonly title: string;
  /** The family of its dialects, as operators see it. */
  readonly dialect: string;
  readonly operations: readonly Operation[];
  /** The ways to give its credential as a value. */
  readonly credentialForms: readonly CredentialForm[];
  /** Whether one provider may be several servers of the same models. */
  readonly takesEndpoints?: boolean;
  /** Whether calls without a credential are sensible. */
  readonly allowsNoCredential: boolean;
  /** The cloud whose identity of this machine may stand in for a credential. */
  readonly identity?: Cloud;
  /** How what an operator gave becomes what calls carry; `undefined` when it is that already. */
  exchange?(credential: string): Exchange | undefined;
  /** The headers, lower case, that carry the credential, after its exchange. */
  authorize(credential: string): Readonly<Record<string, string>>;
  /** The headers, lower case, that sign one call, where the credential alone is not enough. */
  sign?(call: UnsignedCall, credential: string): Promise<Readonly<Record<string, string>>>;
  /** What a model of this provider wants to be spoken to in; a client that speaks something else is translated. */
  speaks(operation: Operation, model: SpokenModel): Dialect;
  /** Headers, lower case, that go with every call; those of a client that speaks the same dialect come before them. */
  readonly headers: Readonly<Record<string, string>>;
  /** The headers, lower case, that such a client may set itself. */
  readonly clientHeaders: readonly string[];
  /** The path of an operation below the provider's base path; some dialects put model and streaming there. */
  path(operation: Operation, upstreamId: string, isStreamed: boolean, place: Place): string;
  /** The path, below the base path, that lists models. */
  modelsPath(place: Place): string;
  /** The address below which models are listed, where it is another than that of calls. */
  modelsAt?(calls: Address): Address;
  /** Where more of them are listed. An account may well not have these. */
  furtherModels?(place: Place): readonly FurtherModels[];
  /** Reads such a list; `undefined` when it isn't one. */
  readModels(answer: unknown): readonly UpstreamModel[] | undefined;
  /** The path that tells which of them are in memory; left out, and `undefined`, where there is none. */
  loadedPath?(place: Place): string | undefined;
  /** Reads what is there: the upstream ids of those in memory. */
  readLoaded?(answer: unknown): ReadonlySet<string> | undefined;
  /** Where a server tells its load, from its root; `basePath` is that of calls. */
  metricsPath?(basePath: string): string;
  /** Reads what is there; `undefined` when it tells nothing of that. */
  readMetrics?(text: string): Omit<SeenLoad, 'at'> | undefined;
  /**
   * The smallest call of a model that shows it works, in the forms to try one after another, the later ones for servers
   * that refuse a field of the earlier. None for operations that are never small.
   */
  tinyCalls(operation: Operation, upstreamId: string): readonly JsonObject[];
  /** Whose fault an answer is that is no success; `body` is all of it. `classOfStatus` is where to begin. */
  classify(status: number, body: Buffer): AnswerErrorClass;
}
