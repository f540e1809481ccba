import type { Outcome } from '../journal/ledger-record.js';

/** A call with an Idempotency-Key. */
export interface KeyedCall {
  readonly tenantId: string;
  /** Keys of different tokens have nothing to do with one another. */
  readonly tokenId: string;
  readonly key: string;
  /** Tells whether two calls ask for the same. */
  readonly bodyDigest: Buffer;
}

/** An answer as a client got it, to be given again. */
export interface KeptAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  readonly outcome: Outcome;
  readonly errorCode: string | null;
  readonly errorMessage: string | null;
  /** What the call cost that it was made for, in pUSD; `null`: unpriced. */
  readonly costPicos: bigint | null;
}

/** How a first call came out. */
export interface Landing {
  /** Whether every later call with the key gets it; else only those that wait at the moment. */
  readonly isFinal: boolean;
  /** `undefined` when there is none that could be given again. */
  readonly answer: KeptAnswer | undefined;
}

/** The first call with its key, under way. Nobody else makes it until it has landed or its process has died. */
export interface Flight {
  /** Keeps the answer and tells those that wait. Never rejects: without Postgres the answer is not kept. */
  land(landing: Landing): Promise<void>;
}

/** What a call with a key has to do. */
export type Claim =
  | { readonly kind: 'first'; readonly flight: Flight }
  /** Another call has done it. */
  | { readonly kind: 'kept'; readonly answer: KeptAnswer }
  /** Another call has done it, and its answer was too large to be kept. */
  | { readonly kind: 'gone' }
  /** The key was given before, with another body. */
  | { readonly kind: 'reused' }
  /** The caller of this one has stopped waiting. */
  | { readonly kind: 'left' }
  /** Answers can't be sealed. */
  | { readonly kind: 'locked' }
  /** Postgres can't be asked. */
  | { readonly kind: 'unavailable' };

/** The way to answers that were given before: the only thing for which a call waits for Postgres, if it has a key. */
export abstract class KeyedAnswers {
  /** Claims the key; while another call has it, waits for that one, as long as `waiting` is not aborted. Never rejects. */
  abstract claim(call: KeyedCall, waiting: AbortSignal): Promise<Claim>;
}
