import type { IncomingHttpHeaders } from 'node:http';
import { plain, type Answer } from '../answer.js';
import type { TokenDesk } from './token-desk.js';

/** What somebody asks a cloud for. */
export interface CloudQuestion {
  readonly method: string;
  /** With its query. */
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  /** The simulator's own scheme, host and port. */
  readonly origin: string;
}

/** The only secret of an application that Entra takes here. */
export const CLIENT_SECRET = 'sim-client-secret';

const METADATA = { 'metadata-flavor': 'Google' };

/** Answers what clouds answer to those who want a credential; nothing for any other path. */
export function answerAsCloud(question: CloudQuestion, desk: TokenDesk): Answer | undefined {
  const path = question.url.split('?', 1)[0]!;
  if (path === '/cloud/aws/credentials') return desk.isClosed ? closed() : roleKeys(desk);
  if (path === '/cloud/azure/token') return desk.isClosed ? closed() : managedIdentity(question, desk);
  if (path.startsWith('/computeMetadata/v1/')) return desk.isClosed ? closed() : metadata(path, desk);
  return entra(question, path, desk);
}

function closed(): Answer {
  return plain({ error: 'unavailable' }, { status: 400 });
}

/** As containers of Amazon's get them. */
function roleKeys(desk: TokenDesk): Answer {
  const { key, expiresAt } = desk.issue('ASIASIM');
  const Expiration = new Date(expiresAt).toISOString();
  return plain({ AccessKeyId: key, SecretAccessKey: `secret-of-${key}`, Token: `session-of-${key}`, Expiration }, {});
}

/** As App Service has it. */
function managedIdentity({ headers }: CloudQuestion, desk: TokenDesk): Answer {
  if (headers['x-identity-header'] === undefined) return plain({ statusCode: 400 }, { status: 400 });
  const { key, expiresAt } = desk.issue('eyJsim.');
  const expires = String(Math.floor(expiresAt / 1000));
  return plain({ access_token: key, expires_on: expires, resource: 'sim', token_type: 'Bearer' }, {});
}

/** As machines of Google's have it. */
function metadata(path: string, desk: TokenDesk): Answer {
  if (!path.endsWith('/token')) return plain('{}', { headers: METADATA });
  const { key } = desk.issue('ya29.sim');
  const answer = { access_token: key, expires_in: desk.lifetimeSeconds, token_type: 'Bearer' };
  return plain(answer, { headers: METADATA });
}

/** Microsoft's authority: what it says of itself, and tokens for applications that know their secret. */
function entra({ body, origin }: CloudQuestion, path: string, desk: TokenDesk): Answer | undefined {
  const [, tenant, what] =
    /^\/([^/]+)\/((?:v2\.0\/)?\.well-known\/openid-configuration|oauth2\/v2\.0\/token)$/.exec(path) ?? [];
  if (tenant === undefined) return undefined;
  const authority = `${origin}/${tenant}`;
  if (what !== 'oauth2/v2.0/token') {
    const endpoints = {
      token_endpoint: `${authority}/oauth2/v2.0/token`,
      authorization_endpoint: `${authority}/oauth2/v2.0/authorize`,
    };
    return plain({ ...endpoints, issuer: `${authority}/v2.0`, jwks_uri: `${authority}/discovery/v2.0/keys` }, {});
  }
  const form = new URLSearchParams(body.toString());
  if (desk.isClosed || form.get('client_secret') !== CLIENT_SECRET) {
    const words = 'AADSTS7000215: Invalid client secret provided.';
    return plain({ error: 'invalid_client', error_description: words, error_codes: [7000215] }, { status: 401 });
  }
  const { key } = desk.issue('eyJsim.');
  const seconds = desk.lifetimeSeconds;
  return plain({ token_type: 'Bearer', expires_in: seconds, ext_expires_in: seconds, access_token: key }, {});
}
