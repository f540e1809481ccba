import type { Operation } from '../../snapshot/snapshot.js';

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
}
