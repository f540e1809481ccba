import { defineErrors } from '../common/errors/app-error.js';
import type { Role } from '../common/http/permissions.js';

export const memberErrors = defineErrors('member', {
  not_found: { status: 404, message: ({ id }: { id: string }) => `Member ${id} does not exist.` },
  email_taken: { status: 409, message: ({ email }: { email: string }) => `A member with ${email} already exists.` },
  beyond_caller: {
    status: 403,
    message: ({ role }: { role: Role }) => `You don't have the role ${role} there yourself, so you can't manage it.`,
  },
  last_owner: { status: 409, message: () => 'This is the last owner: a tenant must keep one.' },
  two_roles: { status: 400, message: () => 'A member has one role in a project, and one in the whole tenant.' },
});
