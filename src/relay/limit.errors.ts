import { defineErrors } from '../common/errors/app-error.js';

/** Further parts of an answer that refuses for an allowance. */
interface Shown {
  readonly message: string;
  readonly type: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** What the allowances say no with; the codes are those that SDKs know. */
export const limitErrors = defineErrors('limit', {
  rate_limit_exceeded: { status: 429, message: ({ message }: Shown) => message },
  insufficient_quota: { status: 429, message: ({ message }: Shown) => message },
  price_unknown: { status: 429, message: ({ message }: Shown) => message },
  allowance_unavailable: {
    status: 503,
    message: ({ name }: { name: string; retryAfterSeconds: number }) =>
      `What is left of the allowance "${name}" cannot be known at the moment. Please try again.`,
  },
});
