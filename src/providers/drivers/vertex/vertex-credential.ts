import { hash } from 'node:crypto';
import { JWTAccess } from 'google-auth-library/build/src/auth/jwtaccess.js';

const SCOPE = 'https://www.googleapis.com/auth/cloud-platform';
/** Google takes a self-signed token for an hour; ours are renewed well before. */
const RENEW_AFTER_MS = 45 * 60 * 1000;
const MAX_HELD = 200;

interface Held {
  readonly authorization: string;
  readonly until: number;
}

/** By the digest of the key: the keys themselves are not kept. */
const held = new Map<string, Held>();

/**
 * The headers for a service account key: a token signed with it, which needs no exchange
 * (https://google.aip.dev/auth/4111). Access tokens (`ya29.`) and API keys go as they are. A key that can't be read
 * gives no header, which Google refuses.
 */
export function authorizeVertex(credential: string, now = Date.now()): Readonly<Record<string, string>> {
  if (!credential.trimStart().startsWith('{')) {
    return credential.startsWith('ya29.')
      ? { authorization: `Bearer ${credential}` }
      : { 'x-goog-api-key': credential };
  }
  const digest = hash('sha256', credential, 'base64');
  const known = held.get(digest);
  if (known && known.until > now) return { authorization: known.authorization };
  const authorization = sign(credential);
  if (authorization === undefined) return {};
  held.delete(digest);
  if (held.size >= MAX_HELD) held.delete(held.keys().next().value!);
  held.set(digest, { authorization, until: now + RENEW_AFTER_MS });
  return { authorization };
}

function sign(credential: string): string | undefined {
  try {
    const { client_email: email, private_key: key, private_key_id: id } = JSON.parse(credential) as ServiceAccount;
    const headers = new JWTAccess(email, key, id).getRequestHeaders(undefined, undefined, SCOPE);
    return headers.get('authorization') ?? undefined;
  } catch {
    return undefined; // its text must not get into a log
  }
}

interface ServiceAccount {
  readonly client_email?: string;
  readonly private_key?: string;
  readonly private_key_id?: string;
}
