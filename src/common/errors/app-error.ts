interface Failure {
  readonly code: string;
  readonly status: number;
  readonly message: string;
  readonly details: object;
}

/** An expected failure: it has a stable code, an HTTP status, and a message that is safe to show to the caller. */
export class AppError extends Error {
  readonly code: string;
  readonly status: number;
  readonly details: object;

  constructor({ code, status, message, details }: Failure, options?: ErrorOptions) {
    super(message, options);
    this.name = 'AppError';
    this.code = code;
    this.status = status;
    this.details = details;
  }
}

interface ErrorSpec {
  status: number;
  message: (details: never) => string;
}

type Arguments<M extends (details: never) => string> =
  Parameters<M> extends []
    ? [details?: object, options?: ErrorOptions]
    : [details: Parameters<M>[0], options?: ErrorOptions];

type Factories<S extends Record<string, ErrorSpec>> = {
  [K in keyof S]: (...args: Arguments<S[K]['message']>) => AppError;
};

const declared: { readonly code: string; readonly status: number }[] = [];

/** Every expected failure that the loaded rooms declare, for the API document. */
export function declaredErrors(): readonly { readonly code: string; readonly status: number }[] {
  return declared;
}

/** Declares a room's errors in one place: `revoked` in scope `token` gets the code `token.revoked`. */
export function defineErrors<const S extends Record<string, ErrorSpec>>(scope: string, specs: S): Factories<S> {
  declared.push(...Object.entries(specs).map(([name, { status }]) => ({ code: `${scope}.${name}`, status })));
  const factories = Object.entries(specs).map(([name, { status, message }]) => [
    name,
    (details: never, options?: ErrorOptions) =>
      new AppError({ code: `${scope}.${name}`, status, message: message(details), details: details ?? {} }, options),
  ]);
  return Object.fromEntries(factories) as Factories<S>;
}
