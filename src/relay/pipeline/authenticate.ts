import type { IncomingHttpHeaders } from 'node:http';
import type { Socket } from 'node:net';
import { parseCredential } from '../../common/credential.js';
import type { TokenEntry } from '../../snapshot/snapshot.js';
import { relayErrors } from '../relay.errors.js';
import type { Call } from './call.js';

const WHERE = 'Give it as "Authorization: Bearer <key>" or as "x-api-key: <key>".';

/** What a connection last proved to know. */
interface Proof {
  /** The header as it came. */
  readonly header: string;
  readonly publicId: string;
  /** The digest of the key in it. */
  readonly digest: string;
}

/** A client keeps its connection and sends the same key each time: it is parsed and hashed for the first call only. */
const proofs = new WeakMap<Socket, Proof>();

/**
 * Finds out whose call this is. A typo is refused without a look-up; rotation, revocation and expiry are checked on every
 * call, against the snapshot of that call.
 */
export function authenticate(call: Call): TokenEntry {
  const { request, snapshot, startedAt } = call;
  const header = keyHeader(request.headers);
  if (header === undefined) throw relayErrors.invalid_api_key({ reason: `You didn't provide an API key. ${WHERE}` });
  const known = proofs.get(request.socket);
  const proof = known?.header === header ? known : proofOf(header, request.socket);
  const token = proof && snapshot.tokens.get(proof.publicId);
  if (!token || !isGenuine(token, proof.digest, startedAt)) {
    throw relayErrors.invalid_api_key({ reason: `Incorrect API key provided: ${masked(keyIn(header))}.` });
  }
  call.token = token;
  if (token.expiresAt <= startedAt) throw relayErrors.invalid_api_key({ reason: 'This API key has expired.' });
  return token;
}

function keyHeader({ authorization, 'x-api-key': apiKey }: IncomingHttpHeaders): string | undefined {
  if (authorization !== undefined) return authorization;
  return typeof apiKey === 'string' && apiKey !== '' ? apiKey : undefined;
}

function proofOf(header: string, socket: Socket): Proof | undefined {
  const credential = parseCredential(keyIn(header));
  if (credential?.prefix !== 'wgl') return undefined;
  const proof = { header, publicId: credential.publicId, digest: credential.digest };
  proofs.set(socket, proof);
  return proof;
}

function keyIn(header: string): string {
  return /^Bearer +(\S+) *$/i.exec(header)?.[1] ?? header;
}

/**
 * During a rotation the digest before it works, too, for a while. How long a comparison takes tells at most how a digest
 * begins, and nobody can make keys with a digest of their choice: there is nothing to learn for the next guess.
 */
function isGenuine(token: TokenEntry, digest: string, now: number): boolean {
  return token.digest === digest || (token.previousDigest === digest && now < token.previousUntil);
}

/** Enough of a key to recognise it, too little to use it. */
function masked(text: string): string {
  const publicPart = /^wgla?_[0-9a-z]{16}_/.exec(text)?.[0];
  if (publicPart !== undefined) return `${publicPart}***`;
  return text.length > 12 ? `${text.slice(0, 3)}***${text.slice(-2)}` : '***';
}
