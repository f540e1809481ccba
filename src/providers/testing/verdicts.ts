import type { OutcomeKind } from '../provider-status.js';

/** What a test can find, with what it says of the provider's status (`null`: nothing) and what to do about it. */
const TABLE = {
  ok: { outcome: 'ok', message: 'It works.', hint: null },
  no_credential: {
    outcome: 'no_credential',
    message: 'It has no credential.',
    hint: 'Give the provider a credential; calls would be refused without.',
  },
  credential_missing: {
    outcome: 'no_credential',
    message: 'Its credential is not where it should be.',
    hint: 'Set the variable, put the file in place, or store the secret again.',
  },
  exchange_failed: {
    outcome: 'no_credential',
    message: 'Its credential could not be exchanged for one that calls carry.',
    hint: 'Check what was given, the rights of the identity behind it, and that its authority can be reached from here.',
  },
  vault_locked: {
    outcome: null,
    message: 'The vault is locked, so its credential can not be read.',
    hint: 'Unlock the vault and test again.',
  },
  egress_denied: {
    outcome: 'unreachable',
    message: 'Its address is one that the gateway may not connect to.',
    hint: 'Add the range to WAGGLE_EGRESS_ALLOW if it is yours. Link-local and metadata addresses are never allowed.',
  },
  name_not_found: {
    outcome: 'unreachable',
    message: 'The name of its host has no address.',
    hint: 'Check the spelling of the base URL, and the DNS of the machine that the gateway runs on.',
  },
  refused: {
    outcome: 'unreachable',
    message: 'Nothing listens at its address.',
    hint: 'Check host and port, and that the server runs. In a container, 127.0.0.1 is the container itself.',
  },
  unreachable: {
    outcome: 'unreachable',
    message: 'There is no way to its address.',
    hint: 'Check the network, routes and firewalls between the gateway and the provider.',
  },
  connect_timeout: {
    outcome: 'unreachable',
    message: 'The connection did not stand in time.',
    hint: 'A firewall may drop the packets. Otherwise raise timeouts.connectMs.',
  },
  tls_failed: {
    outcome: 'unreachable',
    message: 'The encrypted connection could not be trusted or agreed on.',
    hint: 'Check the certificate of the provider, and that http and https are not mixed up.',
  },
  answer_timeout: {
    outcome: 'unreachable',
    message: 'It did not answer in time.',
    hint: 'It may be overloaded or loading the model. Otherwise raise timeouts.firstByteMs.',
  },
  broken_off: {
    outcome: 'unreachable',
    message: 'It broke the connection off.',
    hint: 'Check that the port speaks HTTP, that http and https are not mixed up, and the logs of the server.',
  },
  redirected: {
    outcome: 'unreachable',
    message: 'It answered with a redirect, which is never followed.',
    hint: 'Use the address that it redirects to as the base URL, if you trust it.',
  },
  auth_failed: {
    outcome: 'auth_failed',
    message: 'It refused the credential.',
    hint: 'Check that the key is right, not expired, and allowed to use this model.',
  },
  not_found: {
    outcome: 'unreachable',
    message: 'It knows no such path.',
    hint: 'The base URL is probably wrong: most end in /v1.',
  },
  model_not_found: {
    outcome: 'ok',
    message: 'It does not know this model.',
    hint: 'Choose one of those that the provider lists.',
  },
  rate_limited: {
    outcome: 'ok',
    message: 'It works, but the account is at its limit or out of credit.',
    hint: 'Wait, or look at the limits and the balance of the account.',
  },
  rejected: {
    outcome: 'ok',
    message: 'It refused the test call.',
    hint: 'The model may need another operation, or the account an agreement.',
  },
  upstream_error: {
    outcome: 'unreachable',
    message: 'It answered with an error of its own.',
    hint: 'Try again later, or look at the status page of the provider.',
  },
  bad_answer: {
    outcome: 'unreachable',
    message: 'Its answer is not in the dialect of the driver.',
    hint: 'Check the base URL and the driver: a web page or another API may be at that address.',
  },
} as const satisfies Record<string, { outcome: OutcomeKind | null; message: string; hint: string | null }>;

/** What a test found. */
export type Verdict = keyof typeof TABLE;

/** What a verdict says to an operator, and what it means for the provider's status. */
export function explain(verdict: Verdict): { outcome: OutcomeKind | null; message: string; hint: string | null } {
  return TABLE[verdict];
}

/** The verdict on a status; what is below 300 still has to be read. */
export function verdictOfStatus(status: number): Verdict {
  if (status < 300) return 'ok';
  if (status < 400) return 'redirected';
  const known: Readonly<Record<number, Verdict>> = {
    401: 'auth_failed',
    402: 'rate_limited',
    403: 'auth_failed',
    404: 'not_found',
    429: 'rate_limited',
  };
  return known[status] ?? (status < 500 ? 'rejected' : 'upstream_error');
}

const BY_CODE: ReadonlyMap<string, Verdict> = new Map<string, Verdict>([
  ['EGRESS_DENIED', 'egress_denied'],
  ['ENOTFOUND', 'name_not_found'],
  ['EAI_AGAIN', 'name_not_found'],
  ['ENODATA', 'name_not_found'],
  ['ECONNREFUSED', 'refused'],
  ['EHOSTUNREACH', 'unreachable'],
  ['ENETUNREACH', 'unreachable'],
  ['EADDRNOTAVAIL', 'unreachable'],
  ['ETIMEDOUT', 'connect_timeout'],
  ['UND_ERR_CONNECT_TIMEOUT', 'connect_timeout'],
  ['UND_ERR_HEADERS_TIMEOUT', 'answer_timeout'],
  ['UND_ERR_BODY_TIMEOUT', 'answer_timeout'],
  ['EPROTO', 'tls_failed'],
]);
const TLS = /^(ERR_TLS|ERR_SSL|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_|HOSTNAME_MISMATCH|ERR_OSSL)/;

/** The verdict on a call that got no answer. */
export function verdictOfError(error: unknown): Verdict {
  if (!(error instanceof Error)) return 'broken_off';
  if (error.name === 'TimeoutError') return 'answer_timeout';
  const code = codeOf(error);
  if (TLS.test(code)) return 'tls_failed';
  return BY_CODE.get(code) ?? 'broken_off';
}

/** Several addresses were tried: the first failure with a code speaks for all. */
function codeOf(error: Error): string {
  if ('code' in error && typeof error.code === 'string') return error.code;
  if (error instanceof AggregateError) return error.errors.map((one: Error) => codeOf(one)).find(Boolean) ?? '';
  return error.cause instanceof Error ? codeOf(error.cause) : '';
}
