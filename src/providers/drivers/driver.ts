import type { JsonObject, Operation } from '../../snapshot/snapshot.js';
import type { AnswerErrorClass } from './error-class.js';

/** The wire language a driver speaks to its upstream. */
export type Dialect = 'openai';

/** One field of the form in which an operator enters a credential; `GET /admin/v1/drivers` shows it. */
export interface CredentialField {
  readonly name: string;
  readonly label: string;
  readonly isSecret: boolean;
  readonly isRequired: boolean;
  readonly help?: string;
}

/** A model as its provider lists it. */
export interface UpstreamModel {
  readonly upstreamId: string;
  readonly ownedBy: string | null;
  /** Tokens; `null` when the provider doesn't say. */
  readonly contextWindow: number | null;
}

/**
 * Code that speaks one provider dialect. It is pure: it builds headers and paths and reads answers, and leaves sockets,
 * credentials and retries to its callers.
 */
export interface Driver {
  readonly name: string;
  readonly title: string;
  readonly dialect: Dialect;
  readonly operations: readonly Operation[];
  readonly credentialForm: readonly CredentialField[];
  /** Whether calls without a credential are sensible. */
  readonly allowsNoCredential: boolean;
  /** The headers, lower case, that carry the credential. */
  authorize(credential: string): Readonly<Record<string, string>>;
  /** The path of an operation below the provider's base path. */
  path(operation: Operation): string;
  /** The path, below the base path, that lists models. */
  readonly modelsPath: string;
  /** Reads such a list; `undefined` when it isn't one. */
  readModels(answer: unknown): readonly UpstreamModel[] | undefined;
  /**
   * The smallest call of a model that shows it works, in the forms to try one after another, the later ones for servers
   * that refuse a field of the earlier. None for operations that are never small.
   */
  tinyCalls(operation: Operation, upstreamId: string): readonly JsonObject[];
  /** Whose fault an answer is that is no success; `body` is all of it. `classOfStatus` is where to begin. */
  classify(status: number, body: Buffer): AnswerErrorClass;
}
