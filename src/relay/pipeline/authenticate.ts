import { timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { parseCredential } from '../../common/credential.js';
import type { TokenEntry } from '../../snapshot/snapshot.js';
import { relayErrors } from '../relay.errors.js';
import type { Call } from './call.js';

const WHERE = 'Give it as "Authorization: Bearer <key>" or as "x-api-key: <key>".';

/** Finds out whose call this is. A typo is refused without a look-up; expiry is checked on every call. */
export function authenticate(call: Call): TokenEntry {
  const text = presentedKey(call.request.headers);
  if (text === undefined) throw relayErrors.invalid_api_key({ reason: `You didn't provide an API key. ${WHERE}` });
  const credential = parseCredential(text);
  const token = credential && call.snapshot.tokens.get(credential.publicId);
  if (!token || credential.prefix !== 'wgl' || !isGenuine(token, credential.digest, call.startedAt)) {
    throw relayErrors.invalid_api_key({ reason: `Incorrect API key provided: ${masked(text)}.` });
  }
  call.token = token;
  if (token.expiresAt <= call.startedAt) throw relayErrors.invalid_api_key({ reason: 'This API key has expired.' });
  return token;
}

function presentedKey({ authorization, 'x-api-key': apiKey }: IncomingHttpHeaders): string | undefined {
  if (authorization !== undefined) return /^Bearer +(\S+) *$/i.exec(authorization)?.[1] ?? authorization;
  return typeof apiKey === 'string' && apiKey !== '' ? apiKey : undefined;
}

/** During a rotation the digest before it works, too, for a while. */
function isGenuine(token: TokenEntry, digest: string, now: number): boolean {
  if (isEqual(token.digest, digest)) return true;
  return token.previousDigest !== null && now < token.previousUntil && isEqual(token.previousDigest, digest);
}

function isEqual(known: string, given: string): boolean {
  return known.length === given.length && timingSafeEqual(Buffer.from(known, 'latin1'), Buffer.from(given, 'latin1'));
}

/** Enough of a key to recognise it, too little to use it. */
function masked(text: string): string {
  const publicPart = /^wgla?_[0-9a-z]{16}_/.exec(text)?.[0];
  if (publicPart !== undefined) return `${publicPart}***`;
  return text.length > 12 ? `${text.slice(0, 3)}***${text.slice(-2)}` : '***';
}
