/** Why the server can't start, in words for the operator; shown without a stack trace. */
export class StartError extends Error {
  override readonly name: string = 'StartError';
}
