import type { KeptResponseRecord } from '../journal/kept-response-record.js';

/** What is known of a response. */
export type Found =
  | { readonly kind: 'found'; readonly response: KeptResponseRecord }
  | { readonly kind: 'missing' }
  /** Postgres can't be asked. */
  | { readonly kind: 'unavailable' };

/** Which provider keeps a response, and whose it is. Only a call that names one waits for Postgres. */
export abstract class KeptResponses {
  /** A response was made here; the journal brings it to the others. */
  abstract note(response: KeptResponseRecord): void;
  /** Finds a response of a project. Never rejects. */
  abstract find(projectId: string, id: string): Promise<Found>;
  /** Its provider keeps it no longer. Never rejects. */
  abstract forget(projectId: string, id: string): Promise<void>;
}
