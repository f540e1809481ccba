import { defineErrors } from '../common/errors/app-error.js';

export const auditErrors = defineErrors('audit', {
  whole_tenant_only: {
    status: 403,
    message: () => 'The chain is one for the whole tenant: a role in one project can read its entries, not verify it.',
  },
  not_found: { status: 404, message: ({ id }: { id: string }) => `Audit entry ${id} does not exist.` },
});
