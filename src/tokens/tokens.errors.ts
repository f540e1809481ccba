import { defineErrors } from '../common/errors/app-error.js';

export const tokenErrors = defineErrors('token', {
  not_found: { status: 404, message: ({ token }: { token: string }) => `Token ${token} does not exist.` },
  name_taken: {
    status: 409,
    message: ({ name }: { name: string }) => `The project already has a token named "${name}".`,
  },
  revoked: { status: 409, message: () => 'The token is revoked, and that is final. Issue another one.' },
  expiry_passed: { status: 400, message: () => 'expiresAt must be in the future. To stop a token now, disable it.' },
});
