import { defineErrors } from '../common/errors/app-error.js';

export const vaultErrors = defineErrors('vault', {
  locked: { status: 423, message: () => 'The vault is locked: unlock it first.' },
  not_initialised: { status: 409, message: () => 'The vault has no password yet: initialise it first.' },
  already_initialised: { status: 409, message: () => 'The vault was initialised before: unlock it.' },
  wrong_password: { status: 403, message: () => 'That is not the password of the vault.' },
  wrong_master_key: {
    status: 403,
    message: () => 'That is not the master key of the vault, and neither is the one this server is configured with.',
  },
  password_needed: { status: 400, message: () => 'The vault is opened by a password: send it.' },
  current_password_needed: { status: 400, message: () => 'Send the current password too, as currentPassword.' },
  nothing_to_rotate: { status: 400, message: () => 'Say what to rotate: one of masterKey or password, or reencrypt.' },
  rotated: { status: 409, message: () => 'The vault was rotated in the meantime: try again.' },
  throttled: {
    status: 429,
    message: ({ retryAfterSeconds }: { retryAfterSeconds: number }) =>
      `Too many wrong attempts to open the vault: try again in ${retryAfterSeconds} s.`,
  },
  not_operator: {
    status: 403,
    message: () => 'The vault serves the whole installation: only members of its root tenant may change it.',
  },
});
