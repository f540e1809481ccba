import { defineErrors } from '../common/errors/app-error.js';

/** A row that keeps another from being deleted. */
export interface Dependant {
  readonly kind: string;
  readonly id: string;
  readonly name: string;
}

export const projectErrors = defineErrors('project', {
  not_found: { status: 404, message: ({ project }: { project: string }) => `Project ${project} does not exist.` },
  name_taken: { status: 409, message: ({ name }: { name: string }) => `A project named "${name}" already exists.` },
  in_use: {
    status: 409,
    message: ({ dependants }: { dependants: readonly Dependant[] }) =>
      `The project still has ${dependants.map(({ kind, name }) => `${kind} "${name}"`).join(', ')}.`,
  },
  required: {
    status: 400,
    message: () => 'You reach several projects or none: say which one with ?project=<id or name>.',
  },
  not_for_projects: { status: 403, message: () => 'This needs the role in the whole tenant, not in a project.' },
});
