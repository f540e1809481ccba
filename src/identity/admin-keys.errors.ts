import { defineErrors } from '../common/errors/app-error.js';

export const adminKeyErrors = defineErrors('admin_key', {
  not_found: { status: 404, message: ({ id }: { id: string }) => `Admin key ${id} does not exist.` },
  name_taken: { status: 409, message: ({ name }: { name: string }) => `An admin key named "${name}" is in use.` },
});
