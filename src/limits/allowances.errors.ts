import { defineErrors } from '../common/errors/app-error.js';

export const allowanceErrors = defineErrors('allowance', {
  not_found: { status: 404, message: ({ id }: { id: string }) => `Allowance ${id} does not exist.` },
  name_taken: {
    status: 409,
    message: ({ name }: { name: string }) => `There is already an allowance named "${name}".`,
  },
  tenant_wide: {
    status: 403,
    message: () => 'An allowance of the whole tenant is for those with a role in the whole tenant.',
  },
  shape_fixed: {
    status: 409,
    message: ({ field }: { field: string }) =>
      `The ${field} of an allowance cannot be changed: what was counted would mean nothing. Make another one.`,
  },
  invalid_field: {
    status: 400,
    message: ({ issues }: { issues: readonly { path: string; message: string }[] }) =>
      issues.map(({ path, message }) => `${path} ${message}`).join('; '),
  },
  raise_passed: { status: 400, message: () => 'until must be in the future.' },
});
