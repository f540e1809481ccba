import { defineErrors } from '../common/errors/app-error.js';

export const signInErrors = defineErrors('session', {
  refused: { status: 401, message: () => 'The e-mail address or the password is wrong.' },
  throttled: {
    status: 429,
    message: ({ retryAfterSeconds }: { retryAfterSeconds: number }) =>
      `Too many failed attempts. Try again in ${retryAfterSeconds} seconds.`,
  },
  busy: {
    status: 429,
    message: ({ retryAfterSeconds }: { retryAfterSeconds: number }) =>
      `Too many people sign in at once. Try again in ${retryAfterSeconds} seconds.`,
  },
  not_found: { status: 404, message: ({ id }: { id: string }) => `Session ${id} does not exist.` },
  wrong_password: { status: 403, message: () => 'The current password is wrong.' },
  same_password: { status: 400, message: () => 'The new password must differ from the current one.' },
  members_only: { status: 403, message: () => 'An admin key has no password and no sessions: sign in as a member.' },
});
