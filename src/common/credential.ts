import { hash, randomBytes, randomInt } from 'node:crypto';
import { crc32 } from 'node:zlib';

/** `wgl` opens the relay (a token), `wgla` the admin API (an admin key). */
export type CredentialPrefix = 'wgl' | 'wgla';

/** A credential as it is handed out: `text` is shown once and never stored, `digest` is what is stored. */
export interface IssuedCredential {
  readonly text: string;
  readonly publicId: string;
  readonly digest: string;
}

/** What a presented credential says about itself; only its digest tells whether it is genuine. */
export interface ParsedCredential {
  readonly prefix: CredentialPrefix;
  readonly publicId: string;
  readonly digest: string;
}

const ALPHABET = '0123456789abcdefghijklmnopqrstuvwxyz';
const PUBLIC_ID_LENGTH = 16;
const SECRET_BYTES = 32;
const CHECKSUM_LENGTH = 6;
const FORM = /^(wgla?)_([0-9a-z]{16})_[A-Za-z0-9_-]{43}[0-9a-z]{6}$/;

/**
 * Makes a credential of the form `<prefix>_<public id>_<secret><checksum>`: scanners recognise it, a typo is found
 * without a look-up, and the public id may be logged. A rotated credential keeps its `publicId`.
 */
export function issueCredential(prefix: CredentialPrefix, publicId = newPublicId()): IssuedCredential {
  const body = `${prefix}_${publicId}_${randomBytes(SECRET_BYTES).toString('base64url')}`;
  const text = body + checksum(body);
  return { text, publicId, digest: digestOf(text) };
}

/** Reads a presented credential; `undefined` when its form or checksum is wrong. */
export function parseCredential(text: string): ParsedCredential | undefined {
  const match = FORM.exec(text);
  if (!match) return undefined;
  const end = text.length - CHECKSUM_LENGTH;
  if (checksum(text.slice(0, end)) !== text.slice(end)) return undefined;
  return { prefix: match[1] as CredentialPrefix, publicId: match[2] as string, digest: digestOf(text) };
}

/** The lower-case hex SHA-256 of a credential's text. A plain hash is enough: the secret has 256 random bits. */
export function digestOf(text: string): string {
  return hash('sha256', text, 'hex');
}

function newPublicId(): string {
  return Array.from({ length: PUBLIC_ID_LENGTH }, () => ALPHABET[randomInt(ALPHABET.length)]).join('');
}

/** CRC-32 in base 36; 36⁶ is below 2³², so the highest values lose their seventh digit. */
function checksum(body: string): string {
  return crc32(body).toString(36).padStart(CHECKSUM_LENGTH, '0').slice(-CHECKSUM_LENGTH);
}
