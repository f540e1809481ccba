import { defineErrors } from '../common/errors/app-error.js';

export const idempotencyErrors = defineErrors('idempotency', {
  bad_key: { status: 400, message: () => 'Idempotency-Key must be 1 to 255 printable characters.' },
  key_reused: { status: 422, message: () => 'This Idempotency-Key was sent before with another body.' },
  in_progress: {
    status: 409,
    message: ({ retryAfterSeconds }: { retryAfterSeconds: number }) =>
      `The first request with this Idempotency-Key is still running. Try again in ${retryAfterSeconds} second.`,
  },
});
