import { defineErrors } from '../common/errors/app-error.js';

interface Dependant {
  kind: string;
  id: string;
  name: string;
}

export const providerErrors = defineErrors('provider', {
  not_found: { status: 404, message: ({ id }: { id: string }) => `There is no provider ${id}.` },
  name_taken: { status: 409, message: ({ name }: { name: string }) => `A provider named "${name}" already exists.` },
  in_use: {
    status: 409,
    message: ({ dependants }: { dependants: readonly Dependant[] }) =>
      `${dependants.length} other thing(s) use this provider. Remove them first.`,
  },
  read_only: {
    status: 409,
    message: ({ origin }: { origin: string }) => `This provider is defined by ${origin}. Change it there.`,
  },
  tenant_wide: {
    status: 403,
    message: () => 'This provider belongs to the whole tenant; changing it takes the permission in the tenant.',
  },
  credential_needed: {
    status: 400,
    message: ({ fields }: { fields: readonly string[] }) =>
      `The address changed: give the credential again (${fields.join(', ')}).`,
  },
  identity_not_allowed: {
    status: 403,
    message: ({ cloud }: { cloud: string }) =>
      `Providers may not use this machine's identity at ${cloud}: its operator must list it in WAGGLE_CLOUD_IDENTITY.`,
  },
  discovery_failed: {
    status: 502,
    message: ({ message, hint }: { verdict: string; message: string; hint: string | null; detail: string | null }) =>
      `The provider gave no list of models. ${message} ${hint ?? ''}`.trim(),
  },
  invalid_field: {
    status: 400,
    message: ({ issues }: { issues: readonly { path: string; message: string }[] }) =>
      issues.map(({ path, message }) => `${path} ${message}`).join('; '),
  },
});
