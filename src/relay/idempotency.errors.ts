import { defineErrors } from '../common/errors/app-error.js';
import { whatever } from './relay.errors.js';

/** What calls with an Idempotency-Key may be refused for. */
export const idempotencyErrors = defineErrors('idempotency', {
  invalid_idempotency_key: {
    status: 400,
    message: () => 'Idempotency-Key must be 1 to 255 printable ASCII characters.',
  },
  idempotency_answer_gone: {
    status: 409,
    message: () =>
      'The first call with this Idempotency-Key was answered, but its answer was too large to be kept. Nothing was done again.',
  },
  idempotency_key_reused: {
    status: 422,
    message: () => 'This Idempotency-Key was sent before with another body or to another endpoint.',
  },
  idempotency_unavailable: {
    status: 503,
    message: whatever(
      'Whether this Idempotency-Key was sent before cannot be known at the moment, so nothing was done.',
    ),
  },
});
