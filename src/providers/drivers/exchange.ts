import type { buildConnector } from 'undici';

/** A credential that is good for a while: a token, or keys of a role. */
export interface ShortLived {
  /** What `authorize` and `sign` take. */
  readonly value: string;
  /** Milliseconds since epoch; `Infinity` when nothing tells. */
  readonly expiresAt: number;
}

/**
 * Has one, for what an operator gave. `connect` opens sockets to addresses that the gateway may connect to. Throws
 * `ExchangeError`.
 */
export type Exchange = (connect: buildConnector.connector) => Promise<ShortLived>;

/** There is no such credential to be had. The message is safe to show. */
export class ExchangeError extends Error {
  override readonly name = 'ExchangeError';
}

const MAX_DETAIL = 300;

/** What a library says of its failure, as it may be shown: short, on one line, without the secrets. */
export function exchangeError(cause: unknown, secrets: readonly string[] = []): ExchangeError {
  if (cause instanceof ExchangeError) return cause;
  const said = cause instanceof Error ? wordsOf(cause) : String(cause);
  const safe = secrets.reduce((text, secret) => (secret === '' ? text : text.replaceAll(secret, '•••')), said);
  const line = safe.replaceAll(/[\s\p{Cc}]+/gu, ' ').trim();
  return new ExchangeError(line.slice(0, MAX_DETAIL), { cause });
}

/** Where several ways were tried, each says why it failed. */
function wordsOf(error: Error): string {
  if (error instanceof AggregateError && error.message === '') return error.errors.map(String).join('; ');
  return error.message || error.name;
}
