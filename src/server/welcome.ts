/** What was made at this start, and is shown this once. */
export interface FirstStart {
  readonly owner?: { readonly email: string; readonly oneTimePassword: string } | undefined;
}

/** The lines that tell the operator where everything is, and, once, the secrets that were made. */
export function welcomeLines(url: string, { owner }: FirstStart): string[] {
  return [`Waggle is ready at ${url}`, `  API documentation   ${url}/docs`, ...(owner ? ownerLines(owner) : [])];
}

function ownerLines({ email, oneTimePassword }: NonNullable<FirstStart['owner']>): string[] {
  return [
    `  Owner               ${email}`,
    `  One-time password   ${oneTimePassword}   (shown once; change it at the first sign-in)`,
  ];
}
