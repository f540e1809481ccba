import type { Claim } from './lease-book.js';

/** The way to more than is leased: the only thing for which a call may have to wait for Postgres. */
export abstract class Grants {
  /** Resolves once Postgres was asked for what a claim lacks; `false` when it can't be asked now. Try the book again. */
  abstract more(claim: Claim): Promise<boolean>;
}
