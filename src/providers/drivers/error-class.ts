/** Whose fault a failed call was, as far as an answer tells. */
export type AnswerErrorClass =
  /** What was sent can't be served, by anybody. */
  | 'caller'
  /** Our credential was refused. */
  | 'auth'
  | 'rate_limited'
  /** Our account has nothing left; waiting a little won't help. */
  | 'quota'
  /** The provider has more to do than it can. */
  | 'overloaded'
  /** The provider has a fault. */
  | 'server_error'
  /** Prompt and asked-for output are more than the model can hold. */
  | 'context_overflow'
  /** The provider's policy forbids this content. */
  | 'content_filter'
  /** Nothing that the dialect knows. */
  | 'malformed';

/** Whose fault a failed call was. */
export type ErrorClass =
  | AnswerErrorClass
  | 'connect_timeout'
  | 'first_byte_timeout'
  | 'idle_timeout'
  | 'total_timeout'
  /** No connection, or it broke. */
  | 'network'
  /** It could not even be tried: there is no credential at hand. */
  | 'unavailable'
  /** The model answered, but not in the format that its caller wants. */
  | 'unfit'
  /** We ended it, because its caller left. */
  | 'cancelled'
  /** We ended it for a reason of our own. */
  | 'internal';

const BY_STATUS: ReadonlyMap<number, AnswerErrorClass> = new Map([
  [401, 'auth'],
  [402, 'quota'],
  [403, 'auth'],
  [407, 'auth'],
  [408, 'server_error'],
  [425, 'server_error'],
  [429, 'rate_limited'],
  [503, 'overloaded'],
  [529, 'overloaded'],
]);

/** What a status alone tells, in every dialect that is spoken over HTTP. */
export function classOfStatus(status: number): AnswerErrorClass {
  const known = BY_STATUS.get(status);
  if (known) return known;
  if (status >= 500) return 'server_error';
  return status >= 400 ? 'caller' : 'malformed';
}
