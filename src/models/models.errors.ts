import { defineErrors } from '../common/errors/app-error.js';

interface Dependant {
  kind: string;
  id: string;
  name: string;
}

export const modelErrors = defineErrors('model', {
  not_found: { status: 404, message: ({ id }: { id: string }) => `There is no model ${id}.` },
  provider_gone: { status: 404, message: ({ id }: { id: string }) => `There is no provider ${id} any more.` },
  provider_needed: { status: 400, message: () => 'Say which provider has it with ?provider=<id or name>.' },
  name_taken: {
    status: 409,
    message: ({ name }: { name: string }) => `This provider already has a model named "${name}".`,
  },
  in_use: {
    status: 409,
    message: ({ dependants }: { dependants: readonly Dependant[] }) =>
      `The model is still used by ${dependants.map(({ kind, name }) => `${kind} "${name}"`).join(', ') || 'something'}.`,
  },
  tenant_wide: {
    status: 403,
    message: () => 'This model belongs to the whole tenant; changing it takes the permission in the tenant.',
  },
  invalid_field: {
    status: 400,
    message: ({ issues }: { issues: readonly { path: string; message: string }[] }) =>
      issues.map(({ path, message }) => `${path} ${message}`).join('; '),
  },
});

export const priceErrors = defineErrors('price', {
  not_found: { status: 404, message: ({ id }: { id: string }) => `There is no price ${id}.` },
  duplicate: { status: 409, message: () => 'The model already has a price from that moment on.' },
  in_the_past: {
    status: 400,
    message: () => 'A price begins now or later: calls made before were paid at the price that was in force.',
  },
  unlisted: {
    status: 404,
    message: ({ provider, upstreamId }: { provider: string; upstreamId: string }) =>
      `The catalogue has no price for "${upstreamId}" of "${provider}". Set one yourself.`,
  },
  in_force: {
    status: 409,
    message: () => 'A price that is or was in force stays as it is. Add another one that begins now or later.',
  },
});
