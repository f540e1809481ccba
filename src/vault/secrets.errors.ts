import { defineErrors } from '../common/errors/app-error.js';

/** Something that still needs a secret. */
export interface Dependant {
  readonly kind: string;
  readonly id: string;
  readonly name: string;
}

export const secretErrors = defineErrors('secret', {
  not_found: { status: 404, message: ({ id }: { id: string }) => `Secret ${id} does not exist.` },
  name_taken: { status: 409, message: ({ name }: { name: string }) => `A secret named "${name}" already exists.` },
  in_use: {
    status: 409,
    message: ({ dependants }: { dependants: readonly Dependant[] }) =>
      dependants.length === 0
        ? 'The secret is still in use.'
        : `The secret is still in use by ${dependants.map(({ kind, name }) => `${kind} "${name}"`).join(', ')}.`,
  },
  tenant_wide: {
    status: 403,
    message: () => 'A secret of the whole tenant needs a role in the whole tenant; name a project instead.',
  },
  project_needed: { status: 400, message: () => 'Say which project, as ?project=<id or name>.' },
  project_not_found: { status: 404, message: ({ project }: { project: string }) => `There is no project ${project}.` },
  reference_malformed: {
    status: 400,
    message: () => 'A reference is env:NAME or file:/absolute/path.',
  },
  reference_not_allowed: {
    status: 403,
    message: () => 'References to the server’s environment and files are for members of its root tenant.',
  },
});
