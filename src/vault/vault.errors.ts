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
  master_key_needed: {
    status: 400,
    message: () => 'This server is not configured with the master key in force: send masterKey.',
  },
  two_roots: { status: 400, message: () => 'Send masterKey or password, not both: one of them will open the vault.' },
  rotated: { status: 409, message: () => 'The vault was rotated in the meantime: try again.' },
  throttled: {
    status: 429,
    message: ({ retryAfterSeconds }: { retryAfterSeconds: number }) =>
      `Too many wrong attempts to open the vault: try again in ${retryAfterSeconds} s.`,
  },
  secret_broken: {
    status: 409,
    message: ({ id, name }: { id: string; name: string }) =>
      `Secret "${name}" (${id}) does not open: its row was altered. Replace its value or remove it, then rotate.`,
  },
});
