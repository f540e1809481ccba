import { defineErrors } from '../common/errors/app-error.js';
import type { Permission } from '../common/http/permissions.js';

export const accessErrors = defineErrors('access', {
  forbidden: {
    status: 403,
    message: ({ permission }: { permission: Permission }) => `This needs the permission ${permission}.`,
  },
  cross_site: {
    status: 403,
    message: () => 'A change with a session cookie needs the header X-Requested-With, from the same site.',
  },
  password_must_change: {
    status: 403,
    message: () => 'This password was for one time: set a new one with PUT /admin/v1/session/password.',
  },
});
