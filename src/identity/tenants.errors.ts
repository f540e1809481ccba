import { defineErrors } from '../common/errors/app-error.js';
import type { Dependant } from './projects.errors.js';

export const tenantErrors = defineErrors('tenant', {
  not_found: { status: 404, message: ({ id }: { id: string }) => `Tenant ${id} does not exist.` },
  name_taken: { status: 409, message: ({ name }: { name: string }) => `A tenant named "${name}" already exists.` },
  in_use: {
    status: 409,
    message: ({ dependants }: { dependants: readonly Dependant[] }) =>
      `The tenant still has ${dependants.map(({ kind, name }) => `${kind} "${name}"`).join(', ')}.`,
  },
  is_root: { status: 409, message: () => 'The root tenant stays: its owners manage the others.' },
});
