import { DEMO_PROFILE } from './demo.js';

/** What was made at this start, and is shown this once. */
export interface FirstStart {
  readonly owner?: { readonly email: string; readonly oneTimePassword: string } | undefined;
  readonly token?: string | undefined;
}

/** The lines that tell the operator where everything is, and, once, the secrets that were made. */
export function welcomeLines(url: string, { owner, token }: FirstStart): string[] {
  return [
    `Waggle is ready at ${url}`,
    `  API documentation   ${url}/docs`,
    ...(owner ? ownerLines(owner) : []),
    ...(token === undefined ? [] : tokenLines(url, token)),
  ];
}

function ownerLines({ email, oneTimePassword }: NonNullable<FirstStart['owner']>): string[] {
  return [
    `  Owner               ${email}`,
    `  One-time password   ${oneTimePassword}   (shown once; change it at the first sign-in)`,
  ];
}

function tokenLines(url: string, token: string): string[] {
  const call = (more: string, flags: string): string =>
    `curl ${flags}${url}/v1/chat/completions -H 'authorization: Bearer ${token}' -H 'content-type: application/json' ` +
    `-d '{"model":"${DEMO_PROFILE}",${more}"messages":[{"role":"user","content":"Hello"}]}'`;
  return [
    `  Demo token          ${token}   (shown once)`,
    '',
    'Try it; the simulator answers, and nothing is spent:',
    '',
    call('', ''),
    '',
    call('"stream":true,', '-N '),
  ];
}
