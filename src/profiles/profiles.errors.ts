import { defineErrors } from '../common/errors/app-error.js';

interface Named {
  readonly kind: string;
  readonly name: string;
}

interface Issue {
  readonly path: string;
  readonly message: string;
}

export const profileErrors = defineErrors('profile', {
  not_found: { status: 404, message: ({ profile }: { profile: string }) => `Profile ${profile} does not exist.` },
  name_taken: {
    status: 409,
    message: ({ name }: { name: string }) => `A profile of this project already has the name or alias "${name}".`,
  },
  in_use: {
    status: 409,
    message: ({ dependants }: { dependants: readonly Named[] }) =>
      `The profile is used by ${dependants.map(({ kind, name }) => `${kind} "${name}"`).join(', ')}.`,
  },
  invalid_field: {
    status: 400,
    message: ({ issues }: { issues: readonly Issue[] }) =>
      issues.map(({ path, message }) => `${path} ${message}`).join('; '),
  },
  revision_not_found: {
    status: 404,
    message: ({ number }: { number: number }) => `The profile has no revision ${number}.`,
  },
  model_gone: {
    status: 409,
    message: ({ models }: { models: readonly string[] }) =>
      `The revision routes to models that are gone or out of reach: ${models.join(', ')}.`,
  },
});
